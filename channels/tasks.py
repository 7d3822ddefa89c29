"""Celery tasks of sending: wake-up calls. What is due stands in the database, so a lost or doubled call does no harm."""

import time
from functools import partial

from celery import shared_task

from . import delivery, ledger, reconcile, registry
from .base import Channel
from .email.inbound import mailbox
from .steps import run_all

BATCH_SECONDS = 60  # of one batch, so that a task ends in time whatever the provider does
TASK_SECONDS = 240  # of one task, well below the soft time limit; then it calls itself again


@shared_task
def send_channel(channel: str) -> None:
    """Send what is due on a channel, then what else leaves by it, until nothing is due."""
    ends_at = time.monotonic() + TASK_SECONDS
    carrier = registry.get(channel)
    while delivery.send_due(channel, seconds=BATCH_SECONDS) or carrier.carry_on(seconds=BATCH_SECONDS):
        if time.monotonic() > ends_at:
            send_channel.delay(channel)
            return


@shared_task
def look_into_mailbox() -> None:
    """Record returned mail from its mailbox. Several at once do no harm, each mail counts once."""
    mailbox.look(seconds=BATCH_SECONDS)


@shared_task
def sweep() -> None:
    """Each minute: put right what was left behind, stop who objected, wake every channel that has something due."""
    of_channels = [
        step
        for channel in reversed(registry.every())
        for step in (partial(ledger.stop_objected, channel.name), partial(reconcile.resolve_by_evidence, channel))
    ]
    of_their_own = [partial(look_after, channel) for channel in registry.every()]
    run_all(reconcile.put_right, *of_channels, *of_their_own, wake_channels)


def look_after(channel: Channel) -> None:
    if channel.look_after():
        send_channel.delay(channel.name)


def wake_channels() -> None:
    for channel in ledger.due_channels():
        if channel in registry.CHANNELS:
            send_channel.delay(channel)
