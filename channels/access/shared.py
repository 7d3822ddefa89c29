"""Counters that all processes share, in Redis: each question is one script, and so one round trip that nothing divides.

A Redis that does not answer is left alone for some seconds, so that not every request waits for it.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 0.25
LEFT_ALONE_SECONDS = 2
log = logging.getLogger(__name__)
_away_until = 0.0


def ask(script: str, keys: Sequence[str], numbers: Sequence[float]) -> Any:
    """What the script of this package answers; None: Redis is away."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return _script(settings.REDIS_URL, script)(keys=list(keys), args=list(numbers))
    except redis.RedisError as error:
        _away_until = time.monotonic() + LEFT_ALONE_SECONDS
        log.warning("Redis is away (%s): limits of the APIs are not shared", type(error).__name__)
        return None


def key(kind: str, *parts: str) -> str:
    """Addresses and prefixes are hashed. The braces keep the keys of one together in a cluster."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=12, key=settings.SECRET_KEY.encode()[:64])
    return f"{{access:{digest.hexdigest()}}}:{kind}"


@cache
def _script(url: str, name: str) -> redis.commands.core.Script:
    patience = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    connection = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **patience)
    return connection.register_script(resources.files(__package__).joinpath(f"{name}.lua").read_text())
