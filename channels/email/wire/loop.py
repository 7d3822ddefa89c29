"""Wakes whichever conversation can go on, and ends the waiting of those whose time is up."""

import selectors
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .line import Line
from .stream import Steps, Want

EVENTS = {Want.READ: selectors.EVENT_READ, Want.WRITE: selectors.EVENT_WRITE}


class Loop:
    """Conversations under way, each on a line of its own. `start` one, and `ended` tells which have come to an end."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._running: dict[Line, tuple[Steps[Any], Any]] = {}
        self._watched: dict[Line, tuple[Any, int]] = {}  # socket and events that the selector knows
        self._ended: list[tuple[Any, Any]] = []
        self._stirred: set[Line] = set()

    def __bool__(self) -> bool:
        return bool(self._running or self._ended)

    def start(self, line: Line, steps: Steps[Any], about: Any) -> None:
        """`about` is given back by ended() together with what the steps returned, or raised."""
        self._running[line] = (steps, about)
        self._go_on(line)

    def ended(self, *, seconds: float) -> Iterator[tuple[Any, Any]]:
        """Wait until some have ended, at most so long: (about, result or exception) of each."""
        last = time.monotonic() + seconds
        while self._running and not self._ended and time.monotonic() < last:
            self._wait(last)
        while self._ended:
            yield self._ended.pop(0)

    def _wait(self, last: float) -> None:
        now = time.monotonic()
        first = min(last, min(line.ends_at for line in self._running))
        ready = [key.data for key, _ in self._selector.select(max(0.0, first - now))]
        for line in ready:
            if line in self._running:
                self._go_on(line)
            else:
                self._stir(line)
        if not ready or first <= now:
            self._end_late()

    def _stir(self, line: Line) -> None:
        self._forget(line)  # else it would be told again and again
        self._stirred.add(line)

    def stirred(self) -> set[Line]:
        """Lines in no conversation from which something came that was not asked for, since the last time."""
        for key, _ in self._selector.select(0):
            if key.data not in self._running:
                self._stir(key.data)
        found, self._stirred = self._stirred, set()
        return found

    def _end_late(self) -> None:
        now = time.monotonic()
        for line in [line for line in self._running if line.ends_at <= now]:
            self._go_on(line, TimeoutError())

    def _go_on(self, line: Line, error: Exception | None = None) -> None:
        steps, about = self._running[line]
        try:
            want = next(steps) if error is None else steps.throw(error)
        except StopIteration as stop:
            self._end(line, about, stop.value)
        except Exception as failure:  # noqa: BLE001 - told to whoever started it
            self._end(line, about, failure)
        else:
            self._watch(line, EVENTS[want])

    def _end(self, line: Line, about: Any, result: Any) -> None:
        del self._running[line]
        self._ended.append((about, result))

    def _watch(self, line: Line, events: int) -> None:
        """Most waits are for reading on a socket that is watched already: then nothing is to be done."""
        known = self._watched.get(line)
        if known == (line.socket, events):
            return
        if known is not None and known[0] is line.socket:
            self._selector.modify(line.socket, events, line)
        else:
            if known is not None:  # after STARTTLS the same descriptor is another socket, after a close it is gone
                self._forget(line)
            self._selector.register(line.socket, events, line)
        self._watched[line] = (line.socket, events)

    def _forget(self, line: Line) -> None:
        with suppress(KeyError):
            self._selector.unregister(self._watched.pop(line)[0])  # finds sockets that are closed or wrapped, too

    def drop(self, line: Line) -> None:
        """Before a line is closed, or put away."""
        self._running.pop(line, None)
        if line in self._watched:
            self._forget(line)

    def close(self) -> None:
        self._selector.close()
