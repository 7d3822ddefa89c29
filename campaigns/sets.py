"""One statement over any number of rows, which reach it as arrays: `unnest(%s::bigint[], %s::text[]) AS told(id, name)`."""

from collections.abc import Sequence
from typing import Any

from django.db import connection


def run(sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple]:
    """What it returns, in whatever order it says. Without rows nothing is asked."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        return cursor.fetchall() if cursor.description else []
