"""Figures that are measured once for everybody who looks, and no oftener than costs little.

For pages all processes share them through Redis. What must also be told while Redis is away each process keeps itself.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from django.core.cache import cache
from django.db import OperationalError
from redis.exceptions import RedisError

Figures = TypeVar("Figures")
TIMES = 10  # figures are kept so many times as long as it took to measure them, so measuring takes a tenth of one core
LEAST_SECONDS, MOST_SECONDS = 2.0, 60.0
SHOWN_SECONDS = 600  # for so long old figures are better than none, while somebody measures


def kept(key: str, measure: Callable[[], Figures], *, least: float = LEAST_SECONDS) -> Figures:
    """Figures of at most a minute ago, measured by one process while the others get the ones before.

    `least`: seconds for which they are kept in any case. Without Redis they are measured each time.
    """
    try:
        found = cache.get(key)
        if found is not None and (found[1] > time.time() or not cache.add(_busy(key), 1, MOST_SECONDS)):
            return found[0]
    except RedisError:
        return measure()
    return _measured(key, measure, least)


def _measured(key: str, measure: Callable[[], Figures], least: float) -> Figures:
    began = time.monotonic()
    figures = measure()
    good_for = _good_for(time.monotonic() - began, least=least)
    with suppress(RedisError):
        cache.set(key, (figures, time.time() + good_for), SHOWN_SECONDS)
        cache.delete(_busy(key))
    return figures


def forget(*keys: str) -> None:
    """Measure anew when somebody looks next: what they show was just changed by a person, who wants to see it."""
    with suppress(RedisError):
        cache.delete_many(keys)


def _good_for(took: float, *, least: float) -> float:
    """Seconds for which figures are kept that took so long to measure."""
    return min(max(least, TIMES * took), max(least, MOST_SECONDS))


class OwnFigures(Generic[Figures]):
    """The last figures of this process, measured anew when they are old, by one thread at a time."""

    def __init__(self, measure: Callable[[], Figures], *, least: float = LEAST_SECONDS) -> None:
        self._measure, self._least = measure, least
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._good_until = 0.0

    def get(self) -> Figures:
        """Raises what measuring raises; whoever comes soon after is refused at once, so that nobody waits in a row."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._look()
            if self._figures is None:
                raise OperationalError("the figures could not be read a moment ago")
            return self._figures

    def _look(self) -> None:
        began, self._figures = time.monotonic(), None
        try:
            self._figures = self._measure()
        finally:
            took = time.monotonic() - began if self._figures is not None else 0.0
            self._good_until = time.monotonic() + _good_for(took, least=self._least)


def _busy(key: str) -> str:
    return f"{key}-measured"
