"""One statement over any number of rows, which reach it as arrays: `unnest(%s::bigint[], %s::text[]) AS told(id, name)`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def about(sql: str, values: Iterable[Any]) -> list[tuple]:
    """What a query says about these values, which are its only parameter: `WHERE id = ANY(%s)`."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(values)])
        return cursor.fetchall()


def run(sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple]:
    """What it returns, in whatever order it says. Without rows nothing is asked."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        return cursor.fetchall() if cursor.description else []
