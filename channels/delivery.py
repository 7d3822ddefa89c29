"""The pipeline: claim a batch, hand it over by its channel, write down what became of it. The same for every channel."""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.utils import timezone

from . import feedback, ledger, pace, recipients, registry
from .base import Channel, ChannelError, Feedback, Handover, Message, Receipt, UncertainError, UnreachableError
from .ledger import Claim
from .ledger.patience import patiently
from .spans import span

log = logging.getLogger(__name__)
GOES_ON_SECONDS = 1.0  # a batch is made longer while its messages leave; then whatever is more urgent gets its turn
Answer = Receipt | tuple[int, ChannelError]
# The fault of what surrounds us, never of a row: the provider, the database, the disk, a deployment, the time allowed.
SURROUNDINGS = (
    ChannelError,
    OperationalError,
    InterfaceError,
    ProgrammingError,
    OSError,
    MemoryError,
    ImportError,
    SoftTimeLimitExceeded,
)


def send_due(
    channel: str, *, limit: int | None = None, seconds: float | None = None, wave_id: int | None = None
) -> int:
    """Claim and send one batch; returns how many due dispatches it dealt with, 0 when there is nothing to do now.

    After `seconds` no further message is begun, and the rest of the batch goes back to the queue. With `wave_id` only
    dispatches of that wave. Without `limit` a batch that leaves quickly is made longer (see Growth).
    """
    carrier = registry.get(channel)
    is_together = carrier.handover == Handover.TOGETHER
    stop_at = None if seconds is None else time.monotonic() + seconds
    size = limit or (settings.DELIVERY_TOGETHER if is_together else settings.DELIVERY_BATCH)
    with span("claim", channel=channel, size=size):
        held = ledger.claim(channel, size, wave_id=wave_id)
    try:
        with span("hand over", channel=channel, waves=list(held.waves), dispatches=len(held)), _given_back(held):
            if is_together:
                _send_together(carrier, held)
            else:
                _send_singly(carrier, held, stop_at=stop_at, more=0 if limit else size)
    except ChannelError as error:
        log.warning("channel %s cannot be reached, what has not left stays queued: %s", channel, error)
        return 0
    return len(held) + held.stopped


@contextmanager
def _given_back(held: Claim) -> Iterator[None]:
    """What was not begun goes back to the queue; where a row may be to blame, to be tried in smaller batches."""
    may_be_a_row = False
    try:
        yield
    except SURROUNDINGS:
        raise
    except Exception:
        may_be_a_row = True
        raise
    finally:
        if held.waves:
            patiently(lambda _: ledger.suspect(held) if may_be_a_row else ledger.give_back(held))


def _send_together(channel: Channel, held: Claim) -> None:
    """One transaction from begin to record: the files are written before it commits, and unknown if it does not."""
    with transaction.atomic():
        for _, ids, blocks in _by_content(held):
            begun = ledger.begin(held, ids)
            messages = recipients.messages(channel, sorted(begun), blocks)
            record(held, list(channel.hand_over(messages, blocks)))
    channel.recorded(list(held.waves))


def _send_singly(channel: Channel, held: Claim, *, stop_at: float | None, more: int) -> None:
    for wave_id, ids, blocks in _by_content(held):
        if messages := _admitted(held, recipients.messages(channel, ids, blocks)):
            growth = Growth(channel, held, wave_id, blocks, more)
            Conversation(held, messages, stop_at=stop_at, growth=growth).run(channel, blocks)


def _by_content(held: Claim) -> Iterator[tuple[int, Sequence[int], Mapping[int, recipients.Blocks]]]:
    """Wave by wave, and where an option compares contents, one after the other."""
    # In one order, so that batches of the same waves never wait for each other in a circle.
    for wave_id, ids in sorted(held.waves.items()):
        for of_content, blocks in recipients.by_content(wave_id, list(ids)):
            yield wave_id, of_content, blocks


def _admitted(held: Claim, messages: Sequence[Message]) -> list[Message]:
    """Those that may go by the speed limits. The others go back to the queue, to ask again when they are told to."""
    waits = pace.admit(held.channel, "", [message.recipient.rpartition("@")[2] for message in messages])
    waiting = {message.dispatch_id: wait for message, wait in zip(messages, waits, strict=True) if wait}
    ledger.postpone(held, waiting)
    return [message for message in messages if message.dispatch_id not in waiting]


class Growth:
    """More of the same wave for a conversation that has almost none left, so that its connections need not wait.

    Between two batches nothing leaves while the last answers of one are awaited and the next one is read. It ends
    when nothing more is due, or may go, and after GOES_ON_SECONDS.
    """

    def __init__(
        self, channel: Channel, held: Claim, wave_id: int, blocks: Mapping[int, recipients.Blocks], size: int
    ) -> None:
        self._channel, self._held, self._wave_id, self._blocks = channel, held, wave_id, blocks
        self._size = size  # 0: none at all
        self._ends_at = time.monotonic() + GOES_ON_SECONDS

    def more(self) -> list[Message]:
        if not self._size or time.monotonic() > self._ends_at:
            return []
        try:
            messages = self._read()
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            # Others are under way and must not be left without an answer. Whoever claims these next meets it alone.
            log.exception("more of wave %s cannot be read", self._wave_id)
            messages = []
        if not messages:
            self._size = 0
        return messages

    def _read(self) -> list[Message]:
        """Where an option compares contents, those of another one go back with what is left of the claim."""
        ids = patiently(lambda _: ledger.claim_more(self._held, self._size, wave_id=self._wave_id))
        groups = recipients.by_content(self._wave_id, ids) if ids else []
        if len(groups) > 1:
            self._size = 0
        mine = [id_ for of_content, blocks in groups if blocks == self._blocks for id_ in of_content]
        return _admitted(self._held, recipients.messages(self._channel, mine, self._blocks)) if mine else []


class Conversation:
    """Messages that leave one by one, as channels.base.Taking: recording answers and beginning more are one statement.

    By taking more the channel has dealt with those that it has answered for. So at any moment at most one message of a
    connection is `sending`, and a dead worker leaves one uncertain for each.
    """

    def __init__(self, held: Claim, messages: Sequence[Message], *, stop_at: float | None, growth: Growth) -> None:
        self._held = held
        self._left = deque(messages)
        self._stop_at = stop_at
        self._growth = growth
        self._most = 0  # that were ever taken at once
        self._answers: list[Answer] = []
        self._in_hand: set[int] = set()  # given away, of which the channel has not said what became of them
        self._has_crashed = False

    def __iter__(self) -> Iterator[Message]:
        while taken := self.take(1):
            yield from taken

    def take(self, most: int) -> list[Message]:
        self._most = max(self._most, most)
        while True:
            chosen = [] if self._is_late() else self._next(most)
            begun = self._step({message.dispatch_id: message.recipient for message in chosen})
            if begun or not chosen:
                return [message for message in chosen if message.dispatch_id in begun]

    def _is_late(self) -> bool:
        return self._stop_at is not None and time.monotonic() > self._stop_at

    def left(self) -> int:
        if len(self._left) < self._most and not self._is_late():
            self._left.extend(self._growth.more())
        return len(self._left)

    def put_off(self, waits: Sequence[float]) -> None:
        ledger.postpone(
            self._held, {one.dispatch_id: wait for one, wait in zip(self._next(len(waits)), waits, strict=True)}
        )

    def _next(self, most: int) -> list[Message]:
        return [self._left.popleft() for _ in range(min(most, len(self._left)))]

    def run(self, channel: Channel, blocks: Mapping[int, recipients.Blocks]) -> None:
        """Until nothing is left. A message that makes the channel crash stops no other, but two in a row end it all."""
        while True:
            try:
                with closing(channel.hand_over(self, blocks)) as answers:  # hangs up, whatever happens
                    for answer in answers:
                        self._note(answer)
                return
            except SURROUNDINGS:
                raise
            except Exception:
                if self._has_crashed or not self._in_hand:
                    raise
                self._has_crashed = True
                in_hand = sorted(self._in_hand)
                log.exception("channel %s crashed at dispatch %s", channel.name, in_hand, extra={"dispatch": in_hand})
            finally:
                self._end()

    def _note(self, answer: Answer) -> None:
        self._answers.append(answer)
        self._in_hand.discard(answer.dispatch_id if isinstance(answer, Receipt) else answer[0])
        self._has_crashed = False

    def _end(self) -> None:
        """What the channel took and did not answer for may have left."""
        for dispatch_id in sorted(self._in_hand):
            self._answers.append((dispatch_id, UncertainError("the channel broke off without an answer")))
        self._in_hand = set()
        self._step({})

    def _step(self, chosen: Mapping[int, str]) -> frozenset[int]:
        if not chosen and not self._answers:
            return frozenset()
        begun = patiently(lambda again: record(self._held, self._answers, chosen, again=again))
        self._answers = []  # only now: had it failed, _end() would still know them
        self._in_hand |= begun
        return begun


def record(
    held: Claim, answers: Sequence[Answer], then: Mapping[int, str] | None = None, *, again: bool = False
) -> frozenset[int]:
    """Write answers to the ledger, and begin the next; returns those that may be given away.

    An address that does not work is also fed back, so that it is counted, and not used again.
    """
    bounced = {answer[0]: answer[1] for answer in answers if _is_bounce(answer)}
    whole = transaction.atomic(savepoint=False) if bounced else nullcontext()
    with span("record", channel=held.channel, answers=len(answers)), whole:
        done = ledger.turn(held, answers, then or {}, again=again)
        if bounced:
            feedback.record([_bounce(id_, bounced[id_]) for id_ in bounced if id_ in done.moved])
    return done.begun


def _is_bounce(answer: Answer) -> bool:
    return isinstance(answer, tuple) and isinstance(answer[1], UnreachableError)


def _bounce(dispatch_id: int, error: UnreachableError) -> Feedback:
    return Feedback(
        kind="bounced",
        dispatch_id=dispatch_id,
        occurred_at=timezone.now(),
        source="delivery",
        source_key=f"bounce-{dispatch_id}",
        attributes={"code": error.code, "is_hard": error.is_hard, "is_final": True, "reason": error.why},
    )
