"""Figures that are measured once for everybody who looks, and no oftener than costs little."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.core.cache import cache
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
    good_for = min(max(least, TIMES * (time.monotonic() - began)), max(least, MOST_SECONDS))
    with suppress(RedisError):
        cache.set(key, (figures, time.time() + good_for), SHOWN_SECONDS)
        cache.delete(_busy(key))
    return figures


def forget(*keys: str) -> None:
    """Measure anew when somebody looks next: what they show was just changed by a person, who wants to see it."""
    with suppress(RedisError):
        cache.delete_many(keys)


def _busy(key: str) -> str:
    return f"{key}-measured"
