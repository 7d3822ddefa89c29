"""The report of what was wrong with a file: row, field and reason, as a CSV that a spreadsheet opens safely."""

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

HEADER = ("row (the first below the header is 1)", "field", "reason")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COUNT = """
    SELECT count(*) FILTER (WHERE refusals > 0), count(*) FILTER (WHERE refusals = 0), coalesce(sum(refusals), 0)::bigint
    FROM (SELECT count(*) FILTER (WHERE refuses) AS refusals FROM import_problem GROUP BY row) bad
"""
FIRST = "SELECT row, field, reason FROM import_problem WHERE refuses ORDER BY row, field, reason LIMIT 3"
EVERYTHING = "COPY (SELECT row, field, reason FROM import_problem ORDER BY row, field, reason) TO STDOUT"


@dataclass(frozen=True)
class Problems:
    """Rows that are wrong, and rows that were left out because the person was erased."""

    bad: int
    erased: int
    first: tuple[str, ...]  # of what is wrong; one row may have several
    more: int  # than those


def count() -> Problems:
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        bad, erased, problems = cursor.fetchone()
        cursor.execute(FIRST)
        first = tuple(f"row {row}: {field} {reason}" for row, field, reason in cursor.fetchall())
    return Problems(bad, erased, first, problems - len(first))


def write(folder: Path) -> Path:
    """A new, complete and closed file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8-sig", newline="", suffix=".csv", dir=folder, delete=False
    ) as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows((row, harmless(field), harmless(reason)) for row, field, reason in _everything())
    return Path(file.name)


def harmless(cell: str) -> str:
    """A field may be named by the file; a spreadsheet must not run it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _everything() -> Iterator[tuple[str, str, str]]:
    """As a stream: a million rows may be bad."""
    with connection.cursor() as cursor, cursor.copy(EVERYTHING) as rows:
        yield from rows.rows()
