"""Running one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection


def rows(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def count(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> int:
    """How many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def prepared(sql: str, params: Mapping[str, Any]) -> list[tuple]:
    """rows(), for a statement that is run again and again: PostgreSQL plans it once a connection, if the settings allow."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    own = connection.connection
    own.prepare_threshold = 0 if settings.DATABASE_PREPARES else None
    with connection.wrap_database_errors, psycopg.Cursor(own) as cursor:
        return cursor.execute(sql, params).fetchall()
