"""A population on its way into the database: streamed by COPY, block by block."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import connection

from campaigns.models import Customer

from . import rows
from .rows import SOURCE, Source, Start
from .shape import Shape

LINES_AT_ONCE = 2_000
NUMBERED = ("campaigns_customer", "campaigns_household", "campaigns_deliveryarea")


class PopulationError(RuntimeError):
    """A population cannot be generated here; the message says why."""


@dataclass(frozen=True)
class Table:
    name: str
    columns: str
    lines: Callable[[Source], Iterator[str]]


TABLES = (
    Table("campaigns_household", "id, address_key, street, postcode, city, country, delivery_area_id", rows.households),
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
    Table("campaigns_objection", "customer_id, channel, received_at, source, note", rows.objections),
    Table("campaigns_suppression", "kind, digest, reason, source", rows.suppressions),
    Table(
        "campaigns_servicecase", "customer_id, kind, medium, subject, note, opened_at, closed_at", rows.service_cases
    ),
    Table(
        "campaigns_event",
        "customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key, attributes",
        rows.events,
    ),
)
AREA_COLUMNS = "id, code, carrier, postcode, place, region, households, refusing_households"


def begin(*, as_of_on: date) -> Start:
    """Keep others from adding customers until the transaction ends, and find the last ids. One population a database."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(NUMBERED)} IN SHARE ROW EXCLUSIVE MODE")
        # Checked with every COPY; deferred, twelve million checks would be kept in memory until the end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if Customer.objects.filter(source=SOURCE).exists():
            raise PopulationError("this database holds a population already; generate into a database without one")
        ids = [_last_id(cursor, table) for table in NUMBERED]
    return Start(as_of_on, *ids)


def areas(shape: Shape, start: Start) -> int:
    return _copy("campaigns_deliveryarea", AREA_COLUMNS, rows.areas(shape, start))


def block(source: Source) -> dict[str, int]:
    """Write everything about one block; returns how many rows went into each table."""
    return {table.name: _copy(table.name, table.columns, table.lines(source)) for table in TABLES}


def finish() -> None:
    """Let the ids go on behind ours, and tell the planner what has come."""
    with connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        for table in ("campaigns_deliveryarea", *(table.name for table in TABLES)):
            cursor.execute(f"ANALYZE {table}")


def _last_id(cursor, table: str) -> int:
    """The sequence too: an id that it gave out may belong to a row that is gone, but never comes twice."""
    cursor.execute(f"SELECT greatest(nextval(pg_get_serial_sequence('{table}', 'id')), max(id)) FROM {table}")  # noqa: S608
    return cursor.fetchone()[0]


def _copy(table: str, columns: str, lines: Iterable[str]) -> int:
    lines, written = iter(lines), 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        while batch := list(islice(lines, LINES_AT_ONCE)):
            copy.write("".join(batch))
            written += len(batch)
    return written
