"""Messages leave by several lines at the same time, one each, shared among providers; who fails is replaced at once.

A slot is one message under way. It is seated on a line before it takes a message, so that a provider that is down leaves
none half sent. A message that a provider refused for reasons of its own moves to another one; it had not left.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from .. import pace
from ..base import ChannelError, CrashError, Message, NotTakenError, Receipt, Taking
from . import errors
from .admission import Admission
from .breaker import Breakers
from .outside import OutsideLine
from .providers import Provider, Turns
from .slots import Slot, new_line, receipt
from .wire.line import Line
from .wire.loop import Loop
from .wire.pool import Pool
from .wire.server import Server

log = logging.getLogger(__name__)
Answer = Receipt | tuple[int, ChannelError]
DONE_A_LINE = 5  # another line is opened for every so many messages, so that a few do not open many
LONGEST_LINGER = 0.02  # seconds
RECORDED_WITHIN = 1.0  # seconds until an answer is recorded, also while nothing new is taken


class Writer(Protocol):
    """Makes what a line sends out of a message, as the provider takes it. Raises ChannelError."""

    def write(self, message: Message, provider: Provider) -> Any: ...


class Exchange:
    """One hand-over: `run` yields an answer for every message. Uses the calling thread only."""

    def __init__(
        self, taking: Taking, writer: Writer, providers: Sequence[Provider], *, most: int, admission: Admission
    ) -> None:
        self._taking, self._writer, self._providers = taking, writer, providers
        self._most, self._admission = most, admission
        self._has_limits = any(provider.connections < most for provider in providers)
        self._slots: list[Slot] = []
        self._ready: list[Slot] = []
        self._answers: list[Answer] = []
        self._idle: dict[str, list[Line | OutsideLine]] = defaultdict(list)
        self._loop = Loop()
        self._done = 0
        self._sent: Counter[str] = Counter()  # by provider, since it was counted for their warm-up
        self._recorded_at = time.monotonic()
        self._step_seconds = 0.0
        self._is_exhausted = False
        self._down: ChannelError | None = None  # why no further slot can be seated

    def run(self, pool: Pool, breakers: Breakers, turns: Turns) -> Iterator[Answer]:
        self._pool, self._breakers, self._turns = pool, breakers, turns
        try:
            while True:
                self._grow()
                yield from self._told()
                self._begin()
                if not self._loop and not self._ready and not self._answers:
                    break
                self._await_some()
                yield from self._told()
                if time.monotonic() - self._recorded_at > RECORDED_WITHIN:
                    self._take(0)
        finally:
            self._put_away()
        self._count_sent()
        if self._is_exhausted:
            return
        if self._down:
            raise self._down
        self._taking.put_off(self._admission.waits(self._taking.left()))

    def _await_some(self) -> None:
        """Until something has ended; then a moment longer for others, since one step of the ledger serves them all.

        The moment is half as long as such a step takes, so that it costs little where steps are quick.
        """
        self._go_on_for(RECORDED_WITHIN)
        last = time.monotonic() + min(self._step_seconds / 2, LONGEST_LINGER)
        while self._loop and 2 * len(self._ready) < len(self._slots) and (left := last - time.monotonic()) > 0:
            self._go_on_for(left)

    def _go_on_for(self, seconds: float) -> None:
        for slot, result in self._loop.ended(seconds=seconds):
            self._go_on(slot, result)

    def _told(self) -> Iterator[Answer]:
        while self._answers:
            yield self._answers.pop(0)

    def _grow(self) -> None:
        kept = sum(self._pool.count(provider.server) for provider in self._providers)
        wanted = min(self._most, max(1, kept, 1 + self._done // DONE_A_LINE))
        while len(self._slots) < wanted and not self._is_exhausted and not self._down:
            slot = Slot()
            self._slots.append(slot)
            self._seat(slot)
            if slot not in self._slots:
                return

    def _begin(self) -> None:
        """Take a message for every slot that has a line and none yet."""
        self._leave_stirred()
        going = [] if self._is_exhausted else self._going()
        taken = self._take(len(going)) if going else []
        if going and not taken:
            self._is_exhausted = True
        if self._is_exhausted:
            self._leave(self._ready)
            return
        for slot, message in zip(going, taken, strict=False):
            self._ready.remove(slot)
            slot.message, slot.is_admitted = message, False
            self._send(slot)

    def _leave_stirred(self) -> None:
        """Lines that said good-bye since their last message get no other one."""
        stirred = self._loop.stirred()
        for slot in [slot for slot in self._ready if slot.line in stirred and not slot.line.is_usable()]:
            self._ready.remove(slot)
            self._close(slot.line)
            slot.line = slot.provider = None
            self._seat(slot)

    def _going(self) -> list[Slot]:
        """Those of the ready whose provider may be given one more. The others look for another provider."""
        left = self._taking.left()
        while asking := [slot for slot in self._ready if not slot.is_admitted][: self._unasked(left)]:
            answers = self._admission.admit([slot.provider.name for slot in asking])
            for slot, may_go in zip(asking, answers, strict=True):
                slot.is_admitted = may_go
                if not may_go:
                    self._ready.remove(slot)
                    self._seat(slot)
        return [slot for slot in self._ready if slot.is_admitted or not left]

    def _unasked(self, left: int) -> int:
        """Places are asked for as many messages only as are left, since each is used up."""
        return max(0, left - sum(slot.is_admitted for slot in self._ready))

    def _take(self, most: int) -> list[Message]:
        self._count_sent()
        begun_at = time.monotonic()
        taken = self._taking.take(most)
        self._recorded_at = time.monotonic()
        self._step_seconds = self._recorded_at - begun_at
        return taken

    def _count_sent(self) -> None:
        for provider, number in self._sent.items():
            pace.count_sent("email", provider, number)
        self._sent.clear()

    def _leave(self, slots: list[Slot]) -> None:
        for slot in list(slots):
            self._rest(slot)
            self._slots.remove(slot)
        slots.clear()

    def _send(self, slot: Slot) -> None:
        try:
            written = self._writer.write(slot.message, slot.provider)
        except ChannelError as error:
            self._answer(slot, (slot.message.dispatch_id, error))
            return
        except Exception as error:
            # Others are under way: what is wrong with one must not leave them without an answer.
            dispatch_id = slot.message.dispatch_id
            log.exception("the mail of dispatch %s cannot be written", dispatch_id, extra={"dispatch": dispatch_id})
            self._answer(slot, (slot.message.dispatch_id, CrashError(f"cannot be written: {type(error).__name__}")))
            return
        slot.is_sending = True
        self._loop.start(slot.line, slot.line.send(written), slot)

    def _answer(self, slot: Slot, answer: Answer) -> None:
        self._answers.append(answer)
        self._done += 1
        slot.empty()
        self._seat(slot)

    # Finding a line

    def _seat(self, slot: Slot) -> None:
        provider = self._draw(slot)
        if provider is None:
            self._unseat(slot)
            return
        if slot.line is not None and slot.provider is provider and slot.line.may_go_on():
            self._go_on(slot, None)
            return
        self._rest(slot)
        slot.provider = provider
        slot.line = self._take_idle(provider)
        slot.is_kept = slot.line is not None
        if slot.line is None:
            slot.line = new_line(provider)
            self._loop.start(slot.line, slot.line.open(), slot)
        else:
            self._loop.start(slot.line, slot.line.check(), slot)

    def _draw(self, slot: Slot) -> Provider | None:
        full = self._full(slot) if self._has_limits and not slot.message else set()
        held = {one.key for one in self._providers if self._admission.is_held(one.name)}
        full, out = full | held, slot.tried | full | held
        while provider := self._turns.draw(self._providers, but=out):
            if provider.weight == 0 and self._works(held):
                break  # a spare one is not for what others may only not have yet
            if self._breakers.may_try(provider.key):
                return provider
            out = out | {provider.key}
        if not slot.message and not full:
            self._down = slot.error or NotTakenError("every mail provider is down, and left alone for a while")
        return None

    def _works(self, keys: set[str]) -> bool:
        return any(one.weight and one.key in keys and not self._breakers.is_open(one.key) for one in self._providers)

    def _full(self, slot: Slot) -> set[str]:
        """Providers that have as many lines as they allow."""
        busy = Counter(other.provider.key for other in self._slots if other is not slot and other.provider)
        return {provider.key for provider in self._providers if busy[provider.key] >= provider.connections}

    def _take_idle(self, provider: Provider) -> Line | OutsideLine | None:
        idle = self._idle[provider.key]
        while idle:
            line = idle.pop()
            if line.is_usable():
                return line
            self._close(line)
        return self._pool.take(provider.server) if isinstance(provider.server, Server) else None

    def _rest(self, slot: Slot) -> None:
        if slot.line is not None:
            self._idle[slot.provider.key].append(slot.line)
        slot.line = slot.provider = None

    def _unseat(self, slot: Slot) -> None:
        """Nobody takes it now."""
        self._rest(slot)
        if slot.message is None:
            self._slots.remove(slot)
            return
        self._answer(slot, (slot.message.dispatch_id, slot.error))

    # What became of it

    def _go_on(self, slot: Slot, result: Any) -> None:
        if isinstance(result, Exception):
            self._failed(slot, result)
        elif slot.is_sending:
            self._breakers.succeeded(slot.provider.key)
            self._sent[slot.provider.name] += 1
            self._answer(slot, receipt(slot.message, slot.provider, result))
        elif slot.message and all(self._admission.admit([slot.provider.name])):
            self._send(slot)
        elif slot.message:
            self._seat(slot)
        else:
            self._ready.append(slot)

    def _failed(self, slot: Slot, raised: Exception) -> None:
        key, line = slot.provider.key, slot.line
        meaning = errors.read(raised)
        if meaning.is_over or not slot.is_sending:
            self._close(line)
            slot.line = slot.provider = None
        if slot.is_sending:
            self._refused(slot, key, meaning)
        elif slot.is_kept:
            self._seat(slot)  # a line that went stale while it rested says nothing of the provider
        else:
            log.warning("mail provider %s: %s", key, meaning.error)
            self._breakers.failed(key)
            slot.error = slot.error or NotTakenError(f"no mail server: {meaning.error}")
            slot.tried.add(key)
            self._seat(slot)

    def _refused(self, slot: Slot, key: str, meaning: errors.Meaning) -> None:
        slot.is_sending = False
        slot.error = meaning.error
        note = self._breakers.failed if meaning.is_providers else self._breakers.succeeded
        note(key)
        if meaning.seconds:
            self._slow_down(slot.message, meaning.seconds)
        if not meaning.may_be_tried_elsewhere:
            self._answer(slot, (slot.message.dispatch_id, slot.error))
            return
        if self._breakers.is_open(key):  # then the message was not the reason
            slot.error = NotTakenError(str(meaning.error), code=meaning.error.code)
        slot.tried.add(key)
        self._seat(slot)

    def _slow_down(self, message: Message, seconds: float) -> None:
        # Of no provider in particular: who is admitted is decided before one is chosen.
        pace.slow_down("", message.recipient.rpartition("@")[2].lower(), seconds)

    def _close(self, line: Line | OutsideLine) -> None:
        self._loop.drop(line)
        line.close()

    def _put_away(self) -> None:
        """Lines that rest are kept for the next batch; whichever is in the middle of something is closed."""
        for slot in self._slots:
            if slot.line is not None:
                self._close(slot.line)
        for lines in self._idle.values():
            for line in lines:
                self._loop.drop(line)
                if isinstance(line, Line):
                    self._pool.keep(line)
                else:
                    line.close()
        self._loop.close()
