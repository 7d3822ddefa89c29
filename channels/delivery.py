"""The pipeline: claim a batch, hand it over by its channel, write down what became of it. The same for every channel."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import feedback, ledger, recipients, registry
from .base import Channel, ChannelError, Feedback, Handover, Message, Receipt, UnreachableError
from .ledger import Claim

log = logging.getLogger(__name__)
Answer = Receipt | tuple[int, ChannelError]


def send_due(channel: str, *, limit: int | None = None, seconds: float | None = None) -> int:
    """Claim and send one batch; returns how many due dispatches it dealt with, 0 when there is nothing to do now.

    After `seconds` no further message is begun, and the rest of the batch goes back to the queue.
    """
    carrier = registry.get(channel)
    if carrier.handover == Handover.TOGETHER:
        return _send_together(carrier, limit or settings.DELIVERY_TOGETHER)
    stop_at = None if seconds is None else time.monotonic() + seconds
    return _send_singly(carrier, limit or settings.DELIVERY_BATCH, stop_at=stop_at)


def _send_together(channel: Channel, limit: int) -> int:
    """One transaction from claim to record: the files are written before it commits, and unknown if it does not."""
    try:
        with transaction.atomic():
            held = ledger.claim(channel.name, limit)
            for wave_id, ids in held.waves.items():
                blocks = recipients.blocks_of(wave_id)
                begun = ledger.begin(held, ids)
                messages = recipients.messages(channel, sorted(begun), blocks)
                record(held, list(channel.hand_over(messages, blocks)))
            ledger.give_back(held)
    except ChannelError as error:
        log.warning("channel %s cannot be reached, everything stays queued: %s", channel.name, error)
        return 0
    return _taken(held)


def _send_singly(channel: Channel, limit: int, *, stop_at: float | None) -> int:
    held = ledger.claim(channel.name, limit)
    try:
        for wave_id, ids in held.waves.items():
            blocks = recipients.blocks_of(wave_id)
            conversation = Conversation(held, recipients.messages(channel, ids, blocks), stop_at=stop_at)
            conversation.run(channel.hand_over(conversation, blocks))
    except ChannelError as error:
        log.warning("channel %s cannot be reached, what has not left stays queued: %s", channel.name, error)
        return 0
    finally:
        ledger.give_back(held)
    return _taken(held)


def _taken(held: Claim) -> int:
    return sum(map(len, held.waves.values())) + held.stopped


class Conversation:
    """Messages that leave one by one, as channels.base.Taking: recording answers and beginning more share one transaction.

    By taking more the channel has dealt with those that it has answered for. So at any moment at most one message of a
    connection is `sending`, and a dead worker leaves one uncertain for each.
    """

    def __init__(self, held: Claim, messages: list[Message], *, stop_at: float | None) -> None:
        self._held = held
        self._left = iter(messages)
        self._stop_at = stop_at
        self._answers: list[Answer] = []

    def __iter__(self) -> Iterator[Message]:
        while taken := self.take(1):
            yield from taken

    def take(self, most: int) -> list[Message]:
        while True:
            is_late = self._stop_at is not None and time.monotonic() > self._stop_at
            chosen = [] if is_late else list(islice(self._left, most))
            begun = self._step([message.dispatch_id for message in chosen])
            if begun or not chosen:
                return [message for message in chosen if message.dispatch_id in begun]

    def run(self, answers: Iterator[Answer]) -> None:
        with closing(answers):  # hangs up, whatever happens
            try:
                for answer in answers:
                    self._answers.append(answer)
            finally:
                self._step([])

    def _step(self, ids: list[int]) -> set[int]:
        if not ids and not self._answers:
            return set()
        with transaction.atomic():
            if self._answers:
                record(self._held, self._answers)
            begun = ledger.begin(self._held, ids) if ids else set()
        self._answers = []  # only now: had the transaction failed, run() would still know them
        return begun


@transaction.atomic(savepoint=False)
def record(held: Claim, answers: list[Answer]) -> None:
    """Write answers to the ledger; an address that does not work is also fed back, so that it is not used again."""
    ledger.record(held, answers)
    bounces = [answer for answer in answers if isinstance(answer, tuple) and isinstance(answer[1], UnreachableError)]
    if bounces:
        feedback.record(
            Feedback(
                kind="bounced",
                dispatch_id=dispatch_id,
                occurred_at=timezone.now(),
                source="delivery",
                source_key=f"bounce-{dispatch_id}",
                attributes={"code": error.code, "is_hard": True},
            )
            for dispatch_id, error in bounces
        )
