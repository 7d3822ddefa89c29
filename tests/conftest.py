"""What every test gets: real services (tests/settings.py), an empty Redis, and folders of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from channels.access import shared
from channels.email import breaker
from channels.pace import buckets, limits, local
from steering.watching import around, dependencies, figures
from tests import mail_server as mail_server_module
from tests.mail_server import MailServer

# How fast a machine is says nothing about the code. Each test's services and folders serve all of its examples. These are
# the same in every run, so that a change is judged by itself; HYPOTHESIS_SEARCH=1 draws others, to find what they miss.
hypothesis_settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=not os.environ.get("HYPOTHESIS_SEARCH"),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("any machine")
LONGEST_NAME = 200


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Megabytes are named by their length: every process keeps the names of all tests, and sends them around."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > LONGEST_NAME else None


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


@pytest.fixture(scope="session", autouse=True)
def _patient() -> None:
    """What a loaded machine holds up is not away; where it shall be, a test says so."""
    for module in (breaker, buckets, shared):
        module.TIMEOUT_SECONDS = 60
    for module in (around, dependencies, figures):
        module.SECONDS = 60


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What the process has learned of limits, of failing providers, and of services that were away in another test."""
    breaker.breakers.cache_clear()
    limits.forget()
    local.forget()
    buckets._away_until = shared._away_until = 0.0


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    """What a test writes, it writes under its own tmp_path."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRINT_ROOT = tmp_path / "print"
    settings.SOCIAL_ROOT = tmp_path / "social"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A real SMTP server on loopback, and the settings that lead there."""
    with mail_server_module.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield server
