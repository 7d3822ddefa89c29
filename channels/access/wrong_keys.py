"""Whoever sends wrong keys is made to wait: an address, and everybody who tries keys that begin alike.

After so many wrong ones within five minutes the first wait is 30 s; each further wrong one doubles it, up to 15 minutes.
An address that waits is refused before its key is looked at. Of a prefix only wrong keys are refused: who has the right
one is let in from any other address, so nobody can lock a vendor out. While Redis is away each process counts by itself.
"""

import threading
import time
from collections import OrderedDict

from django.conf import settings

from . import callers, shared

WINDOW, FIRST, LONGEST = 300.0, 30.0, 900.0  # seconds
MOST_REMEMBERED = 10_000  # in one process, while Redis is away


def wait_of_address(address: str) -> float:
    """Seconds for which this address is refused; 0: not at all. One that is not known is never refused."""
    if not address or not settings.KEY_FAILURES_PER_ADDRESS:
        return 0.0
    return _wait("address", callers.network_of(address))


def note(address: str, prefix: str) -> float:
    """A wrong key. Returns the seconds to wait before the next try, 0 where there is none."""
    of_address = _fail("address", callers.network_of(address), settings.KEY_FAILURES_PER_ADDRESS) if address else 0.0
    return max(of_address, _fail("prefix", prefix, settings.KEY_FAILURES_PER_KEY) if prefix else 0.0)


def _wait(kind: str, name: str) -> float:
    answer = shared.ask("waiting", [shared.key("lock", kind, name)], [])
    return OWN.wait(kind, name) if answer is None else max(0, answer) / 1000


def _fail(kind: str, name: str, most: int) -> float:
    """While it is locked nothing is counted."""
    if not most:
        return 0.0
    if (wait := _wait(kind, name)) > 0:
        return wait
    keys = [shared.key("failures", kind, name), shared.key("lock", kind, name)]
    answer = shared.ask("failures", keys, [most, WINDOW * 1000, FIRST * 1000, LONGEST * 1000])
    return OWN.fail(kind, name, most) if answer is None else answer / 1000


class Counted:
    """The same in one process. Forgets who has been quiet the longest."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], tuple[int, float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, kind: str, name: str) -> float:
        with self._lock:
            return max(0.0, self._found.get((kind, name), (0, 0.0, 0.0))[2] - time.monotonic())

    def fail(self, kind: str, name: str, most: int) -> float:
        now = time.monotonic()
        with self._lock:
            count, forgotten_at, _ = self._found.pop((kind, name), (0, 0.0, 0.0))
            count = 1 if forgotten_at < now else count + 1
            lock = 0.0 if count < most else min(FIRST * 2 ** min(count - most, 30), LONGEST)
            self._found[kind, name] = (count, now + WINDOW + lock, now + lock)
            if len(self._found) > MOST_REMEMBERED:
                self._found.popitem(last=False)
        return lock

    def clear(self) -> None:
        with self._lock:
            self._found.clear()


OWN = Counted()
