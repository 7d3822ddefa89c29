"""Celery tasks of sending: wake-up calls. What is due stands in the database, so a lost or doubled call does no harm."""

import logging
import time
from functools import partial

from celery import shared_task
from django.conf import settings

from . import calls, canary, delivery, ledger, pace, queues, reconcile, registry
from .base import Channel, Handover
from .checks import link_answers
from .email.inbound import mailbox
from .print_jobs import encrypting, writing
from .steps import run_all
from .webhooks import delivering

log = logging.getLogger(__name__)
# Well below the soft shutdown's time, so that a worker that is told to end ends between two tasks, with nothing half way.
BATCH_SECONDS = 5  # of one batch, then no further message is begun
TASK_SECONDS = 12  # of one task, then it calls itself again
ENCRYPT_SECONDS = 3600  # of the files of one job
SOON_SECONDS = 60  # until the next sweep looks again
MOST_CALLS = 16  # that wait in a channel's queue at once, each of which occupies a worker process


@shared_task
def send_channel(channel: str) -> None:
    """Send what is due on a channel, then what else leaves by it, until nothing is due."""
    canary.sing(queues.of_channel(channel))
    ends_at = time.monotonic() + TASK_SECONDS
    carrier = registry.get(channel)
    while delivery.send_due(channel, seconds=BATCH_SECONDS) or carrier.carry_on(seconds=BATCH_SECONDS):
        # Who waits in the urgent queue gets this process after a batch.
        if time.monotonic() > ends_at or calls.waiting(queues.URGENT):
            carrier.carry_on(seconds=1)  # what leaves beside messages does not wait for a large wave to end
            calls.call(send_channel.name, channel)
            return
    call_when_due(channel)


@shared_task
def send_urgent(channel: str, wave_id: int) -> None:
    """Answer what customers have just done: only what is due in this wave, by a queue that no large wave fills."""
    canary.sing(queues.URGENT)
    ends_at = time.monotonic() + TASK_SECONDS
    while delivery.send_due(channel, seconds=BATCH_SECONDS, wave_id=wave_id):
        if time.monotonic() > ends_at:
            calls.call(send_urgent.name, channel, wave_id)
            return
    call_when_due(channel)


@shared_task
def sing(queue: str) -> None:
    """A sign of life from a queue in which there is nothing else to do."""
    canary.sing(queue)


@shared_task
def look_into_mailbox() -> None:
    """Record returned mail from its mailbox. Several at once do no harm, each mail counts once."""
    mailbox.look(seconds=BATCH_SECONDS)


@shared_task(soft_time_limit=30, time_limit=45)
def look_at_link(digest: str) -> None:
    """See whether a link of a content answers. Who keeps us waiting for ever is given up with the task."""
    link_answers.look(digest)


@shared_task(soft_time_limit=120, time_limit=150)
def deliver_webhooks(endpoint_id: int) -> None:
    """Tell one endpoint what is due. Several at once share the work; one that keeps us waiting is given up with the task."""
    canary.sing(queues.WEBHOOKS)
    if delivering.deliver_due(endpoint_id, seconds=TASK_SECONDS):
        calls.call(deliver_webhooks.name, endpoint_id)
        return
    seconds = delivering.due_in(endpoint_id, within=SOON_SECONDS)
    if seconds is not None and pace.is_first(f"webhook {endpoint_id}", within=max(seconds, 1.0)):
        calls.call(deliver_webhooks.name, endpoint_id, countdown=max(seconds, 1.0))


@shared_task
def write_print_job(job_id: int) -> None:
    """Write parts of a job's files. Several at once share the parts; whoever finds the last one written publishes the job."""
    canary.sing(queues.PRINT)
    if not writing.write(job_id, seconds=TASK_SECONDS) and writing.is_left(job_id):
        calls.call(write_print_job.name, job_id)


@shared_task(soft_time_limit=ENCRYPT_SECONDS, time_limit=ENCRYPT_SECONDS + 30)
def encrypt_print_job(job_id: int) -> None:
    """Make those files of a job anew that are encrypted to other keys than are valid now, or to none; once at a time."""
    canary.sing(queues.PRINT)
    if not encrypting.encrypt(job_id):
        log.info("files of print job %s are not all encrypted to the keys that are valid now; again later", job_id)


@shared_task
def sweep() -> None:
    """Each minute: put right what was left behind, stop who objected, wake every channel that has something due."""
    of_channels = [
        step
        for channel in reversed(registry.every())
        for step in (partial(ledger.stop_objected, channel.name), partial(reconcile.resolve_by_evidence, channel))
    ]
    of_their_own = [partial(look_after, channel) for channel in registry.every()]
    run_all(reconcile.put_right, *of_channels, *of_their_own, wake_channels, wake_webhooks, wake_canaries)


def look_after(channel: Channel) -> None:
    if channel.look_after():
        calls.call(send_channel.name, channel.name)


def wake_channels() -> None:
    """As many calls as there are batches due and room in the queue: each runs in a process of its own."""
    for channel, due in ledger.due_channels(most=MOST_CALLS * settings.DELIVERY_BATCH).items():
        if channel not in registry.CHANNELS:
            continue
        is_together = registry.get(channel).handover == Handover.TOGETHER  # in few large files
        wanted = 1 if is_together else -(-due // settings.DELIVERY_BATCH)
        for _ in range(min(wanted, MOST_CALLS - calls.waiting(queues.of_channel(channel)))):
            calls.call(send_channel.name, channel)


def wake_webhooks() -> None:
    delivering.give_up_waiting()
    for endpoint_id in delivering.due_endpoints():
        calls.call(deliver_webhooks.name, endpoint_id)


def wake_canaries() -> None:
    for queue in queues.every():
        if not calls.waiting(queue):
            calls.call(sing.name, queue, queue=queue)


def call_when_due(channel: str) -> None:
    """What speed limits put off for seconds must not wait for the next sweep. One call is enough for a channel."""
    seconds = ledger.due_in(channel, within=SOON_SECONDS)
    if seconds is None:
        return
    seconds = max(seconds, 1.0)  # a second's messages go at once
    if pace.is_first(f"call {channel}", within=seconds):
        calls.call(send_channel.name, channel, countdown=seconds)
