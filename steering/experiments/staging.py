"""The rows of an experiment's file, checked and each of a known customer, in a temporary table named `past`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from campaigns.importing import mappings, readers
from campaigns.importing.reading import Reading, notation_of
from campaigns.importing.staging import line
from campaigns.importing.values import compiled

from .described import Experiment

MOST_SHOWN = 3
CREATE = """
    CREATE TEMP TABLE past (row integer, customer_number text, arm text, visited boolean, bought boolean,
                            spent_cents bigint) ON COMMIT DROP
"""
REPEATED = """
    SELECT row, 'is that of row ' || first || ' too'
    FROM (SELECT row, min(row) OVER (PARTITION BY customer_number) AS first FROM past) numbered
    WHERE row <> first
"""
UNKNOWN = """
    SELECT row, customer_number || ' is nobody''s' FROM past p
    WHERE NOT EXISTS (SELECT 1 FROM campaigns_customer c WHERE c.customer_number = p.customer_number)
"""
FIRST = "SELECT row, reason, count(*) OVER () FROM ({problems}) AS found(row, reason) ORDER BY row LIMIT %s"


class ExperimentError(ValueError):
    """The experiment cannot be recorded, and nothing was; the message is for people."""


class _Problems:
    """How many rows are bad, and what is wrong with the first of them."""

    def __init__(self) -> None:
        self.rows = 0
        self.first: list[str] = []

    def add(self, row: int, found: list[tuple[str, str]]) -> None:
        self.rows += 1
        if self.rows <= MOST_SHOWN:
            self.first += [f"row {row}: {field} {reason}" for field, reason in found]


def stage(path: Path, experiment: Experiment, definition: dict[str, Any], *, mapping: str) -> None:
    """Raises ExperimentError, or ImportRefused for a file that cannot be read; memory does not grow with the file."""
    if "customer_number" not in definition:
        raise ExperimentError(f"the mapping {mapping!r} names no customer_number, so nobody can be found")
    problems = _Problems()
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        with cursor.copy("COPY past FROM STDIN") as copy:
            for good in _good_lines(path, experiment, definition, problems):
                copy.write(good)
        cursor.execute("ANALYZE past")
        cursor.execute("SELECT count(*) FROM past")
        (rows,) = cursor.fetchone()
    _refuse(problems.rows, problems.first)
    if not rows:
        raise ExperimentError("the file has no rows")
    _refuse(*_found(REPEATED))
    _refuse(*_found(UNKNOWN), hint=f"; import them first: manage.py import_customers {path} --mapping {mapping}")


def _good_lines(path: Path, experiment: Experiment, definition: dict[str, Any], problems: _Problems) -> Iterator[str]:
    """Rows for COPY; the bad ones are noted."""
    read = _reader(experiment, definition)
    needed = {experiment.arm, experiment.visited, experiment.bought, experiment.spent}
    needed |= mappings.columns({"customer_number": definition["customer_number"]})
    for row, cells in readers.rows(path, definition, needed=needed):
        if isinstance(cells, str):
            problems.add(row, [("row", cells)])
            continue
        reading = Reading(row, cells)
        values = read(reading)
        if reading.problems:
            problems.add(row, reading.problems)
        else:
            yield line((row, *values))


def _reader(experiment: Experiment, definition: dict[str, Any]) -> Callable[[Reading], tuple]:
    """From a row to its customer number, arm, visit, purchase and money; what is wrong is noted in the reading."""
    notation = notation_of(definition)
    columns = {
        "customer_number": (definition["customer_number"], "text"),
        experiment.arm: (experiment.arm, "text"),
        experiment.visited: (experiment.visited, "boolean"),
        experiment.bought: (experiment.bought, "boolean"),
        experiment.spent: (experiment.spent, "cents"),
    }
    getters = {name: compiled(value, as_=as_, notation=notation) for name, (value, as_) in columns.items()}

    def read(reading: Reading) -> tuple:
        values = tuple(reading.value(name, getter) for name, getter in getters.items())
        if not reading.problems:
            _check(reading, experiment, dict(zip(columns, values, strict=True)))
        return values

    return read


def _check(reading: Reading, experiment: Experiment, told: dict[str, Any]) -> None:
    """What must hold between the cells of a row."""
    for name, value in told.items():
        if value is None:
            reading.refuse(name, "is missing")
    if reading.problems:
        return
    if told[experiment.arm] not in experiment.arms:
        reading.refuse(experiment.arm, f"must be one of {', '.join(experiment.arms)}")
    if told[experiment.bought] and not told[experiment.visited]:
        reading.refuse(experiment.bought, f"is yes, but {experiment.visited} is no")
    if told[experiment.spent] < 0:
        reading.refuse(experiment.spent, "is negative")
    if told[experiment.spent] > 0 and not told[experiment.bought]:
        reading.refuse(experiment.spent, f"is money, but {experiment.bought} is no")


def _found(problems: str) -> tuple[int, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(FIRST.format(problems=problems), [MOST_SHOWN])
        rows = cursor.fetchall()
    return (rows[0][2] if rows else 0), [f"row {row}: customer_number {reason}" for row, reason, _ in rows]


def _refuse(bad: int, first: list[str], *, hint: str = "") -> None:
    if bad:
        rest = f" … and {bad - MOST_SHOWN} more rows" if bad > MOST_SHOWN else ""
        raise ExperimentError(f"{bad} rows are bad, so nothing was recorded: {'; '.join(first)}{rest}{hint}")
