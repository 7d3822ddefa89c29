"""Running one statement."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


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
    text, names = numbered(sql)
    with connection.wrap_database_errors, psycopg.RawCursor(own) as cursor:
        return cursor.execute(text, [params[name] for name in names]).fetchall()


@lru_cache(maxsize=64)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Placeholders as PostgreSQL itself has them, and their names in that order: psycopg would look for them each time."""
    names = tuple(dict.fromkeys(PLACEHOLDER.findall(sql)))
    number = {name: f"${place}" for place, name in enumerate(names, start=1)}
    return PLACEHOLDER.sub(lambda found: number[found[1]], sql).replace("%%", "%"), names


def array(values: Iterable[str | int]) -> str:
    """An array as PostgreSQL writes it, for a parameter with a cast (`$1::text[]`): psycopg takes fifty times as long."""
    quoted = ",".join(['"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values])
    return f"{{{quoted}}}"
