"""What stands around delivery and is not in the database: breakers of mail providers, queues in Redis, folders."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import redis
from django.conf import settings

from channels import queues
from channels.email import providers
from channels.email.breaker import breakers

from . import deadline

SECONDS = 1.0
FOLDERS = ("MEDIA_ROOT", "PRINT_ROOT", "SOCIAL_ROOT")


@dataclass(frozen=True)
class Disk:
    free_bytes: int
    total_bytes: int

    @property
    def free_share(self) -> float:
        return self.free_bytes / self.total_bytes if self.total_bytes else 0.0


def open_breakers() -> dict[str, bool]:
    """By mail provider: whether it is left alone. Asks the database and Redis."""
    return {provider.name or "EMAIL_URL": breakers().is_open(provider.key) for provider in providers.usable()}


def waiting_calls() -> dict[str, int]:
    """Calls in each queue that no worker has taken; empty where Redis does not answer."""
    names = queues.every()
    try:
        with deadline.redis_at(settings.REDIS_URL, SECONDS) as client, client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.llen(name)
            return dict(zip(names, pipeline.execute(), strict=True))
    except redis.RedisError:
        return {}


def disks() -> Mapping[str, Disk | None]:
    """Of the folders, by the names of their settings. None: it does not answer, as when another machine's is away."""
    return {name: _disk(Path(getattr(settings, name))) for name in FOLDERS}


def _disk(folder: Path) -> Disk | None:
    try:
        return _asked(folder).answer()
    except (OSError, TimeoutError):
        return None


@cache
def _asked(folder: Path) -> deadline.Aside[Disk]:
    return deadline.Aside(lambda: _measure(folder), seconds=SECONDS)


def _measure(folder: Path) -> Disk:
    """A folder that is not made yet will lie on the disk of those above it."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return Disk(usage.free, usage.total)
