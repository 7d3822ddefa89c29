"""Requests that are still coming while a thread reads them: only some of the threads do, the rest stay for everybody else."""

from collections import deque
from collections.abc import Callable
from typing import Any


class Uploads:
    """All of one worker; used by the thread of its loop only. `start` gives a connection, and what came of it, to a thread.

    Who has to wait is not read meanwhile, so nothing of it takes memory, and the client's system holds it back.
    """

    def __init__(self, most: int, start: Callable[[Any, bytes], None]) -> None:
        self._most, self._start = most, start
        self._read: set[Any] = set()
        self._waiting: deque[tuple[Any, bytes]] = deque()

    def begin(self, conn: Any, data: bytes) -> None:
        if len(self._read) < self._most:
            self._read.add(conn)
            self._start(conn, data)
        else:
            self._waiting.append((conn, data))

    def end(self, conn: Any) -> None:
        """A thread has done with a connection. If it was one of these, the next may come."""
        if conn not in self._read:
            return
        self._read.remove(conn)
        if self._waiting:
            self.begin(*self._waiting.popleft())
