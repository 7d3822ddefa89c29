"""`stage`: services of their own that may be killed, and a mail server that remembers everything."""

import os
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from kombu import pools
from pytest_django import DjangoDbBlocker, Settings

from steering.celery import app
from tests import mail_server

from . import staging
from .services import Postgres, Redis
from .staging import Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each waits for several things in turn, for each of them patiently; a long run takes as long as it takes."""
    waits = 10 if staging.PEOPLE <= staging.FEW else staging.MOMENTS
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(staging.PATIENCE_SECONDS * waits))


@pytest.fixture(scope="session")
def own_services(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Postgres, Redis]]:
    """Started with the first fault, migrated once."""
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
    folder.chmod(0o755)  # PostgreSQL's user, who under root is not us, must pass
    postgres, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
    try:
        postgres.make()
        postgres.start()
        redis.start()
        with django_db_blocker.unblock(), _connected(postgres.url):
            call_command("migrate", verbosity=0)
        yield postgres, redis
    finally:
        for service in (postgres, redis):
            if service.server:
                service.server.send_signal(signal.SIGCONT)
                service.server.send_signal(signal.SIGINT)
                service.server.wait(staging.PATIENCE_SECONDS)
        shutil.rmtree(folder)


@pytest.fixture
def stage(
    own_services: tuple[Postgres, Redis], django_db_blocker: DjangoDbBlocker, settings: Settings, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:  # fmt: skip
    """An empty database and Redis, which this process and the workers that it starts use."""
    postgres, redis = own_services
    random.seed(os.environ.get("FAULT_SEED", "7"))
    for name, value in {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "CELERY_BROKER_URL": redis.url}.items():
        monkeypatch.setenv(name, value)
    settings.REDIS_URL = redis.url
    settings.DELIVERY_LEASE_SECONDS, settings.DELIVERY_BATCH = staging.LEASE_SECONDS, staging.BATCH
    redis.client().flushall()
    with django_db_blocker.unblock(), _connected(postgres.url), mail_server.running() as mail:
        _forget_broker()
        staging.empty()
        yield Stage(postgres, redis, mail, tmp_path)
        _forget_broker()


@contextmanager
def _connected(url: str) -> Iterator[None]:
    """Django's default database is this one for a while."""
    parts = urlsplit(url)
    own = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "PASSWORD": "", "NAME": parts.path[1:]}
    before = {name: connection.settings_dict[name] for name in own}
    connection.close()
    connection.settings_dict.update(own)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _forget_broker() -> None:
    """Celery keeps connections by where they lead; those of the stage before were cut."""
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
