"""A population on its way into the database: streamed by COPY, block by block."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice

from django.db import IntegrityError, connection

from campaigns import journey, neighbourhoods
from campaigns.models import Customer

from . import rows, statistics
from .indexes import taken_down
from .rows import SOURCE, Source, Start
from .shape import Shape

LINES_AT_ONCE = 2_000
AREAS = "campaigns_deliveryarea"
NUMBERED = ("campaigns_customer", "campaigns_household", AREAS)


class PopulationError(RuntimeError):
    """A population cannot be generated here; the message says why."""


@dataclass(frozen=True)
class Table:
    name: str
    columns: str
    lines: Callable[[Source], Iterator[str]]
    is_big: bool = True


TABLES = (
    Table(
        "campaigns_household",
        "id, address_key, street, postcode, city, country, delivery_area_id, latitude, longitude",
        rows.households,
    ),
    Table(
        "campaigns_customer",
        "id, customer_number, salutation, title, first_name, last_name, born_on, language, time_zone, household_id, region, "
        "attributes, customer_since_on, journey_stage, contact_is_made_up, source",
        rows.customers,
    ),
    Table("campaigns_identifier", "customer_id, kind, value, digest, source", rows.identifiers),
    Table(
        "campaigns_consent",
        "customer_id, channel, purpose, ground, text_version, proof, source, given_at, withdrawn_at, withdrawn_source",
        rows.consents,
    ),
    Table("campaigns_objection", "customer_id, channel, received_at, source, note", rows.objections, is_big=False),
    Table("campaigns_suppression", "kind, digest, reason, source", rows.suppressions, is_big=False),
    Table(
        "campaigns_servicecase",
        "customer_id, kind, medium, subject, note, opened_at, closed_at",
        rows.service_cases,
        is_big=False,
    ),
    Table(
        "campaigns_event",
        "customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key, attributes",
        rows.events,
    ),
)
AREA_COLUMNS = "id, code, carrier, postcode, place, region, households, refusing_households, latitude, longitude, outline, statistics"


@contextmanager
def bulk(as_of_on: date, *, also: Sequence[str] = ()) -> Iterator[Start]:
    """Within a transaction: nobody else reads or writes these tables until it ends. One population a database.

    `also`: further tables into which much will be loaded.
    """
    names = [AREAS, *(table.name for table in TABLES), *also]
    with connection.cursor() as cursor, _refusing_what_is_there():
        # Before anything is written: should it end in a deadlock, little is lost. Pending checks would forbid what follows.
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if Customer.objects.filter(source=SOURCE).exists():
            raise PopulationError("this database holds a population already; generate into a database without one")
        with taken_down(cursor, [*(table.name for table in TABLES if table.is_big), *also]):
            yield Start(as_of_on, *(_last_id(cursor, table) for table in NUMBERED))
            journey.refresh(as_of_at=datetime.combine(as_of_on, time(), UTC))
            neighbourhoods.refresh()
            cursor.execute(statistics.MEAN_AGE, {"as_of_on": as_of_on})
        for table in NUMBERED:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        cursor.execute(f"ANALYZE {', '.join(names)}")


@contextmanager
def _refusing_what_is_there() -> Iterator[None]:
    """Customer numbers, addresses and area codes are unique, and somebody may have brought the same."""
    try:
        with connection.wrap_database_errors:  # COPY is psycopg's own
            yield
    except IntegrityError as error:
        table = error.__cause__.diag.table_name
        raise PopulationError(
            f"{table} holds rows that this population would bring again; remove them first"
        ) from error


def areas(shape: Shape, start: Start) -> int:
    return copy_lines(AREAS, AREA_COLUMNS, rows.areas(shape, start))


def block(source: Source) -> dict[str, int]:
    """Write everything about one block; returns how many rows went into each table."""
    return {table.name: copy_lines(table.name, table.columns, table.lines(source)) for table in TABLES}


def _last_id(cursor, table: str) -> int:
    """The sequence too: an id that it gave out may belong to a row that is gone, but never comes twice."""
    cursor.execute(f"SELECT greatest(nextval(pg_get_serial_sequence('{table}', 'id')), max(id)) FROM {table}")  # noqa: S608
    return cursor.fetchone()[0]


def copy_lines(table: str, columns: str, lines: Iterable[str]) -> int:
    lines, written = iter(lines), 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        while batch := list(islice(lines, LINES_AT_ONCE)):
            copy.write("".join(batch))
            written += len(batch)
    return written
