"""Redis: whether wake-up calls stay in it."""

import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import redis
from django.conf import settings

from ..watching import deadline
from .database import clock_findings
from .finding import Finding, note

SECONDS = 3.0
OLDEST = (6, 2)
KEEP = "and write the same into its configuration, or it is forgotten at the next start"


def answers() -> Iterator[Finding]:
    try:
        with deadline.redis_at(settings.REDIS_URL, SECONDS) as client:
            client.ping()
    except redis.AuthenticationError:
        yield Finding("Redis refuses our password", "set the right one in REDIS_URL: redis://:password@host:6379/0")
    except redis.RedisError as error:
        where = urlsplit(settings.REDIS_URL)
        place = f"{where.hostname}:{where.port or 6379}" if where.hostname else where.path
        yield Finding(
            f"Redis does not answer at {place}: {type(error).__name__}",
            "start it, and check host, port and password in REDIS_URL; nothing is lost, the sweep finds what is due",
        )


def keeping() -> Iterator[Finding]:
    with deadline.redis_at(settings.REDIS_URL, SECONDS) as client:
        told = client.info()
    version = tuple(int(part) for part in str(told["redis_version"]).split(".")[:2])
    if version < OLDEST:
        yield Finding(f"Redis is {told['redis_version']}", "upgrade it to 7 or later")
    if told.get("maxmemory_policy", "noeviction") != "noeviction":
        yield Finding(
            f"Redis's maxmemory-policy is {told['maxmemory_policy']}: full memory throws calls away in silence",
            f"CONFIG SET maxmemory-policy noeviction, {KEEP}",
        )
    if not told.get("aof_enabled"):
        yield Finding(
            "Redis keeps no append-only file: a restart forgets all calls until the next sweep",
            f"CONFIG SET appendonly yes, {KEEP}",
        )
    elif told.get("aof_last_write_status", "ok") != "ok":
        yield Finding("Redis cannot write its append-only file", "make room on its disk, and look into its log")
    if told.get("maxmemory") and told["used_memory"] > 0.8 * told["maxmemory"]:
        yield Finding(
            "Redis's memory is more than 80 % full", "raise maxmemory, and look for queues that nobody empties"
        )
    if told.get("role") == "slave":
        yield Finding("REDIS_URL names a replica, which takes no calls", "name the primary in REDIS_URL")
    if not told.get("maxmemory"):
        yield note(
            "Redis has no maxmemory", "where others run on its machine, set one, so that it does not take all of it"
        )


def clock() -> Iterator[Finding]:
    with suppress(redis.ResponseError), deadline.redis_at(settings.REDIS_URL, SECONDS) as client:
        before = time.time()
        seconds, micros = client.time()
        yield from clock_findings("Redis", seconds + micros / 1e6, before, time.time())
