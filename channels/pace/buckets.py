"""Token buckets in Redis, shared by all workers: one script and one round trip a batch, on Redis's own clock.

A bucket holds at most one second's tokens, and one token when nobody knows it, so an emptied Redis lets no burst out.
Who gets no token is told when to ask again: each gets a moment of their own, as far apart as the limit says, so that a
long queue comes back evenly. After FURTHEST_SECONDS the moments are dealt out anew, because limits change.

A mail host that complains is slowed by multiplicative decrease and additive recovery, as TCP does (Chiu and Jain, 1989).
While Redis is away each process keeps to its share of every limit by itself.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from functools import cache
from importlib import resources

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import local
from .asking import Ask

FURTHEST_SECONDS = 900
TIMEOUT_SECONDS = 0.5
LEFT_ALONE_SECONDS = 2  # not every batch waits for a Redis that does not answer
log = logging.getLogger(__name__)
_away_until = 0.0


def take(ask: Ask, *, now: float = 0) -> list[float]:
    """Seconds to wait for each message; 0: it may go now, and its tokens are taken. `now`: seconds, 0: Redis's clock."""
    keys = [_key("channel", ask.channel), _key("provider", ask.provider)]
    for host in ask.hosts:
        keys += [_key(ask.kind, host), _key(*_slowed(ask.kind), ask.provider, host)]
    numbers = [now, FURTHEST_SECONDS, ask.channel_rate, ask.provider_rate, *ask.host_rates, *ask.of_message]
    answer = _run("take", keys, numbers)
    return local.take(ask) if answer is None else [wait / 1_000_000 for wait in answer]


def slow(provider: str, host: str, seconds: float, *, now: float = 0) -> None:
    """Leave a mail host alone for some seconds, and then be slower with it."""
    local.slow(provider, host, seconds)
    _run("slow", [_key("slowed", provider, host)], [now, seconds])


def is_first(name: str, *, within: float) -> bool:
    """Whether nobody else asked this in the last seconds, over all processes. While Redis is away nobody is."""
    try:
        return bool(_connection(settings.REDIS_URL).set(_key("first", name), 1, nx=True, px=max(1, int(within * 1000))))
    except redis.RedisError:
        return False


def _slowed(kind: str) -> tuple[str, ...]:
    """Only mail hosts are ever slowed; a provider may be called as one of them."""
    return ("slowed",) if kind == "host" else ("slowed", kind)


def _key(*parts: str) -> str:
    """A recipient domain may be a person's own, so names are hashed. The braces keep the keys together in a cluster."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=12, key=settings.SECRET_KEY.encode()[:64])
    return f"{{pace}}:{digest.hexdigest()}"


def _run(name: str, keys: Sequence[str], numbers: Sequence[float]) -> list[int] | None:
    """What the script answers; None: Redis is away."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return _script(settings.REDIS_URL, name)(keys=keys, args=list(numbers))
    except redis.RedisError as error:
        _away_until = time.monotonic() + LEFT_ALONE_SECONDS
        log.warning("Redis is away (%s): this process keeps to its share of the speed limits", type(error).__name__)
        return None


@cache
def _script(url: str, name: str) -> redis.commands.core.Script:
    source = resources.files(__package__).joinpath(f"{name}.lua").read_text()
    return _connection(url).register_script(source)


@cache
def _connection(url: str) -> redis.Redis:
    patience = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **patience)
