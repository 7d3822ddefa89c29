"""Pairs of customers who share a key, found in SQL; what is compared of each stands beside it in a temporary table.

Memory is that of one chunk: customers are read by a cursor of the database and written by COPY, and the pairs are read
by another one. A key that too many share says too little, and would make pairs without end; it is left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection

from . import keys, people
from .chance import Commonness
from .people import COLUMNS, Person

MOST_OF_A_KEY = 60
CHUNK = 20_000
# At a P.O. box of a company or in a tower block people are called alike by chance; the door says nothing there.
MOST_AT_A_DOOR = 60
READ = """
    SELECT c.id, c.salutation, c.first_name, c.last_name, c.born_on, coalesce(h.street, ''), coalesce(h.postcode, ''),
           coalesce(h.city, ''), h.id,
           coalesce((SELECT min(value) FROM campaigns_identifier WHERE customer_id = c.id AND kind = 'email'), ''),
           coalesce((SELECT min(value) FROM campaigns_identifier WHERE customer_id = c.id AND kind = 'phone'), '')
    FROM campaigns_customer c LEFT JOIN campaigns_household h ON h.id = c.household_id
    WHERE c.merged_into_id IS NULL AND c.last_name <> ''
"""
TABLES = f"""
    CREATE TEMP TABLE duplicate_person ({", ".join(f"{name} {'bigint' if name in ('id', 'household') else 'text'}" for name in COLUMNS)});
    CREATE TEMP TABLE duplicate_key (key bigint, id bigint)
"""
DROP = "DROP TABLE IF EXISTS pg_temp.duplicate_person, pg_temp.duplicate_key, pg_temp.duplicate_candidate"
LARGE = "SET LOCAL work_mem = '256MB'"
CROWDED = f"""
    UPDATE duplicate_person SET household = 0, street = '', number = '', behind = '' WHERE household IN (
        SELECT household FROM duplicate_person WHERE household > 0 GROUP BY household HAVING count(*) > {MOST_AT_A_DOOR})
"""  # noqa: S608 - a number
READY = "CREATE INDEX ON duplicate_person (id); ANALYZE duplicate_person, duplicate_key"
MEETING = f"""
    CREATE TEMP TABLE duplicate_candidate AS
    WITH telling AS (
        SELECT key FROM duplicate_key GROUP BY key HAVING count(*) BETWEEN 2 AND {MOST_OF_A_KEY}
    ), shared AS MATERIALIZED (SELECT key, id FROM duplicate_key JOIN telling USING (key))
    SELECT DISTINCT a.id AS first, b.id AS second FROM shared a JOIN shared b ON b.key = a.key AND b.id > a.id
"""  # noqa: S608 - a number
TOO_COMMON = f"SELECT count(*) FROM (SELECT 1 FROM duplicate_key GROUP BY key HAVING count(*) > {MOST_OF_A_KEY}) k"  # noqa: S608
# How common names, birthdays and places are; what only one has is not looked at, nor the door that a family shares.
FREQUENCIES = "SELECT {name}, count(*) FROM duplicate_person GROUP BY 1 HAVING count(*) > {least}"
LEAST = {"first": 1, "last": 1, "born": 1, "city": 1, "postcode": 1, "email": 3, "household": 5}
PAIRS = f"""
    SELECT {", ".join(f"a.{name}" for name in COLUMNS)}, {", ".join(f"b.{name}" for name in COLUMNS)}
    FROM duplicate_candidate p JOIN duplicate_person a ON a.id = p.first JOIN duplicate_person b ON b.id = p.second
"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Gathered:
    """How many customers were looked at, how many pairs share a key, and how many keys were too common to tell."""

    customers: int
    pairs: int
    too_common: int


@contextmanager
def gathered() -> Iterator[Gathered]:
    """Within a transaction: the candidates, until the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute(LARGE)
        cursor.execute(TABLES)
        customers = _copy_people()
        cursor.execute(CROWDED)
        cursor.execute(READY)
        cursor.execute(MEETING)
        cursor.execute("ANALYZE duplicate_candidate")
        pairs = _number(cursor, "SELECT count(*) FROM duplicate_candidate")
        yield Gathered(customers, pairs, _number(cursor, TOO_COMMON))
        cursor.execute(DROP)


def commonness() -> Commonness:
    with connection.cursor() as cursor:
        found = {}
        for name, least in LEAST.items():
            cursor.execute(FREQUENCIES.format(name=name, least=least))
            found[name] = dict(cursor.fetchall())
        found["email"].pop("", None)  # where nothing is known
        found["household"].pop(0, None)
        return Commonness(_number(cursor, "SELECT count(*) FROM duplicate_person"), **found)


def pairs(*, chunk: int = CHUNK) -> Iterator[list[tuple]]:
    """The candidates in chunks; a row is what is compared of both, one behind the other."""
    yield from _streamed("duplicate_pairs", PAIRS, chunk)


def _copy_people() -> int:
    written = 0
    for rows in _streamed("duplicate_people", READ, CHUNK):
        found = [people.person(row) for row in rows]
        _copy("duplicate_person", (_values(one) for one in found))
        _copy("duplicate_key", ((key, one.id) for one in found for key in set(keys.keys(one))))
        written += len(found)
    return written


def _values(one: Person) -> tuple:
    return tuple(one.__dict__.values())


def _copy(table: str, rows: Iterator[tuple]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _streamed(name: str, sql: str, chunk: int) -> Iterator[list[tuple]]:
    """Rows of a cursor that the database keeps; only a chunk of them is here at a time."""
    connection.ensure_connection()
    with connection.connection.cursor(name=name) as cursor:
        cursor.itersize = chunk
        cursor.execute(sql)
        rows = iter(cursor)
        while found := list(islice(rows, chunk)):
            yield found


def _number(cursor: Any, sql: str) -> int:
    cursor.execute(sql)
    return cursor.fetchone()[0]
