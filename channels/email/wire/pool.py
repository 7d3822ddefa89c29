"""Lines kept open between batches, for every thread of a process."""

import os
import threading
import time
from collections import defaultdict

from .line import Line
from .server import Server

IDLE_SECONDS = 30.0  # a line that rests for longer is closed; servers count open connections


class Pool:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[tuple[int, Server], list[Line]] = defaultdict(list)
        self._timer: threading.Timer | None = None

    def count(self, server: Server) -> int:
        with self._lock:
            return len(self._lines[_key(server)])

    def take(self, server: Server) -> Line | None:
        """A line that seems to stand, the one used last; None: open one."""
        while True:
            with self._lock:
                kept = self._lines[_key(server)]
                line = kept.pop() if kept else None
            if line is None or line.is_usable():
                return line
            line.close()

    def keep(self, line: Line) -> None:
        """Put a line away that is in no conversation."""
        if not line.is_usable():
            line.close()
            return
        with self._lock:
            self._lines[_key(line.server)].append(line)
            if self._timer is None or not self._timer.is_alive():
                self._watch()

    def _watch(self) -> None:
        self._timer = threading.Timer(IDLE_SECONDS, self.close_idle)
        self._timer.daemon = True
        self._timer.start()

    def close_idle(self) -> None:
        before = time.monotonic() - IDLE_SECONDS
        with self._lock:
            idle = [line for lines in self._lines.values() for line in lines if line.used_at <= before]
            for key, lines in self._lines.items():
                self._lines[key] = [line for line in lines if line.used_at > before]
            if any(self._lines.values()):
                self._watch()
        for line in idle:
            line.close()

    def close(self) -> None:
        with self._lock:
            lines = [line for lines in self._lines.values() for line in lines]
            self._lines.clear()
        for line in lines:
            line.close()


def _key(server: Server) -> tuple[int, Server]:
    return os.getpid(), server  # after a fork the parent's lines are the parent's


POOL = Pool()
