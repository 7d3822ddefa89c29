"""What every test gets: real services (tests/settings.py), an empty Redis, and folders of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings


@pytest.fixture(scope="session")
def redis_connection() -> Iterator[redis.Redis]:
    """The Redis database of this test process."""
    try:
        with redis.Redis.from_url(django_settings.REDIS_URL) as connection:
            connection.ping()
            yield connection
    except redis.ResponseError as error:
        pytest.fail(f"Redis has no database left for this test process ({error}): run fewer, with -n, or add databases")


@pytest.fixture(autouse=True)
def _empty_redis(redis_connection: redis.Redis) -> None:
    redis_connection.flushdb()


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    """What a test writes, it writes under its own tmp_path."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRINT_ROOT = tmp_path / "print"
    settings.SOCIAL_ROOT = tmp_path / "social"
