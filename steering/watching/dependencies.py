"""Whether what a web process needs is there: PostgreSQL, Redis, and a database as new as the code."""

from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader

from . import deadline

SECONDS = 2.0


def answers() -> dict[str, bool]:
    """Of each dependency; takes a few seconds at most, whatever hangs."""
    missing = _missing_migrations()
    return {"postgresql": missing is not None, "redis": redis_answers(), "migrations": missing == frozenset()}


def postgresql_answers() -> bool:
    try:
        with deadline.of_postgresql(SECONDS), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def redis_answers() -> bool:
    try:
        with deadline.redis_at(settings.REDIS_URL, SECONDS) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def missing_migrations() -> frozenset[tuple[str, str]]:
    """By app and name. One query; the code's own are read once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return frozenset(wanted_migrations())
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return frozenset(
        key
        for key, replaced in wanted_migrations().items()
        if key not in applied and not (replaced and replaced <= applied)
    )


def _missing_migrations() -> frozenset[tuple[str, str]] | None:
    """None: PostgreSQL does not answer."""
    try:
        with deadline.of_postgresql(SECONDS):
            return missing_migrations()
    except (DatabaseError, InterfaceError):
        return None


@cache
def wanted_migrations() -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    """The code's, each with those that it replaces."""
    loader = MigrationLoader(None)
    return {key: frozenset(migration.replaces) for key, migration in loader.disk_migrations.items()}
