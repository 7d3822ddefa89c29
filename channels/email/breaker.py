"""A circuit breaker for each mail provider, shared by all workers (Nygard, Release It!, 2007).

Closed: it is used. After FAILURES failures in a row it opens: nobody uses it for a while, which doubles each time. Then it
is half open: one worker tries one message, and by what becomes of that it closes or opens again. The state is in Redis;
while Redis is away each process goes by its own experience.
"""

import logging
import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, TypeVar

import redis
from django.conf import settings

log = logging.getLogger(__name__)
T = TypeVar("T")
FAILURES = 3
REMEMBERED_SECONDS = 60.0  # failures that lie further apart are not in a row
OPEN_SECONDS, LONGEST_SECONDS = 5.0, 300.0
PROBE_SECONDS = 30.0  # after which another worker may try
TRIPS_SECONDS = 3600.0
LOOK_SECONDS = 1.0  # how old a process's idea of the state may be
TIMEOUT_SECONDS = 0.5
REDIS_REST_SECONDS = 5.0  # without asking Redis, after it did not answer


class Store(Protocol):
    def read(self, name: str) -> tuple[bool, int, int]:
        """Whether it is open, how often it has opened since it last worked, and failures in a row."""

    def fail(self, name: str) -> int: ...
    def open(self, name: str, seconds: float) -> None: ...
    def probe(self, name: str) -> bool: ...
    def reset(self, name: str) -> None: ...


class SharedStore:
    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)

    def read(self, name: str) -> tuple[bool, int, int]:
        is_open, trips, failures = self._redis.mget(_key(name, "open"), _key(name, "trips"), _key(name, "failures"))
        return is_open is not None, int(trips or 0), int(failures or 0)

    def fail(self, name: str) -> int:
        with self._redis.pipeline() as pipeline:
            pipeline.incr(_key(name, "failures")).expire(_key(name, "failures"), int(REMEMBERED_SECONDS))
            return pipeline.execute()[0]

    def open(self, name: str, seconds: float) -> None:
        with self._redis.pipeline() as pipeline:
            pipeline.set(_key(name, "open"), 1, px=int(seconds * 1000))
            pipeline.incr(_key(name, "trips")).expire(_key(name, "trips"), int(TRIPS_SECONDS))
            pipeline.delete(_key(name, "probe")).execute()

    def probe(self, name: str) -> bool:
        return bool(self._redis.set(_key(name, "probe"), 1, nx=True, px=int(PROBE_SECONDS * 1000)))

    def reset(self, name: str) -> None:
        self._redis.delete(*(_key(name, part) for part in ("open", "trips", "failures", "probe")))


class OwnStore:
    """The same of one process, for want of Redis."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], tuple[int, float]] = {}

    def _get(self, name: str, part: str) -> int:
        value, until = self._values.get((name, part), (0, 0.0))
        return value if until > time.monotonic() else 0

    def _set(self, name: str, part: str, value: int, seconds: float) -> None:
        self._values[name, part] = (value, time.monotonic() + seconds)

    def read(self, name: str) -> tuple[bool, int, int]:
        return self._get(name, "open") > 0, self._get(name, "trips"), self._get(name, "failures")

    def fail(self, name: str) -> int:
        failures = self._get(name, "failures") + 1
        self._set(name, "failures", failures, REMEMBERED_SECONDS)
        return failures

    def open(self, name: str, seconds: float) -> None:
        self._set(name, "open", 1, seconds)
        self._set(name, "trips", self._get(name, "trips") + 1, TRIPS_SECONDS)
        self._values.pop((name, "probe"), None)

    def probe(self, name: str) -> bool:
        is_free = not self._get(name, "probe")
        if is_free:
            self._set(name, "probe", 1, PROBE_SECONDS)
        return is_free

    def reset(self, name: str) -> None:
        for part in ("open", "trips", "failures", "probe"):
            self._values.pop((name, part), None)


class Breakers:
    """All providers' breakers, as this process sees them."""

    def __init__(self, shared: Store, own: Store | None = None) -> None:
        self._shared = shared
        self._own = own or OwnStore()
        self._rests_until = 0.0
        self._seen: dict[str, tuple[float, tuple[bool, int, int]]] = {}

    def may_try(self, name: str) -> bool:
        """Whether a message may be given to this provider now; half open, only the first who asks gets yes."""
        is_open, trips, _ = self._look(name)
        if is_open:
            return False
        return trips == 0 or self._ask(lambda store: store.probe(name))

    def is_open(self, name: str) -> bool:
        """Whether nothing but a probe is given to it."""
        is_open, trips, _ = self._look(name)
        return is_open or trips > 0

    def failed(self, name: str) -> None:
        failures = self._ask(lambda store: store.fail(name))
        is_open, trips, _ = self._ask(lambda store: store.read(name))
        if not is_open and (trips or failures >= FAILURES):
            seconds = min(OPEN_SECONDS * 2**trips, LONGEST_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311
            log.warning("mail provider %s is left alone for %.0f seconds", name or "of EMAIL_URL", seconds)
            self._ask(lambda store: store.open(name, seconds))
        self._seen.pop(name, None)

    def succeeded(self, name: str) -> None:
        is_open, trips, failures = self._look(name)
        if is_open or trips or failures:
            self._ask(lambda store: store.reset(name))
            self._seen.pop(name, None)

    def _look(self, name: str) -> tuple[bool, int, int]:
        now = time.monotonic()
        at, state = self._seen.get(name, (-LOOK_SECONDS, (False, 0, 0)))
        if now - at >= LOOK_SECONDS:
            state = self._ask(lambda store: store.read(name))
            self._seen[name] = (now, state)
        return state

    def _ask(self, what: Callable[[Store], T]) -> T:
        if time.monotonic() >= self._rests_until:
            try:
                return what(self._shared)
            except redis.RedisError:
                self._rests_until = time.monotonic() + REDIS_REST_SECONDS
        return what(self._own)


@lru_cache(maxsize=1)
def breakers() -> Breakers:
    """This process's."""
    return Breakers(SharedStore(settings.REDIS_URL))


def _key(name: str, part: str) -> str:
    return f"mail:breaker:{name}:{part}"
