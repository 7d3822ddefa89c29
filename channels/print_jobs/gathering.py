"""A job comes into being as a draft while dispatches are handed over, in the same transaction as their receipts.

Hand-overs of a wave and option add to one draft, several at once and in any order. Its items have no sequence until
`finishing` closes it; whoever comes later begins the next draft.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from campaigns.models import Option, Wave

from ..mailing_files import formats
from ..mailing_files.tables import stored_columns
from ..models import JobState, PrintJob, Vendor
from . import cut_offs, ordered


@dataclass(frozen=True)
class Place:
    """Where a piece goes, for sorting."""

    country: str = ""
    postcode: str = ""
    city: str = ""
    street: str = ""
    name: str = ""


@dataclass(frozen=True)
class NewItem:
    """A letter to a person, or an order for an area, and what its vendor is told of it."""

    place: Place
    cells: Mapping[str, str]  # by column
    dispatch_id: int | None = None
    delivery_area_id: int | None = None
    is_seed: bool = False
    quantity: int = 1
    variant: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)  # what the letter's text needs
    document: str = ""


@dataclass(frozen=True)
class Order:
    """What is printed where: every hand-over with the same order adds to the same draft."""

    vendor: Vendor
    wave_id: int
    option_id: int
    channel: str
    columns: tuple[str, ...]  # of the vendor's files


# Whoever closes the draft waits for us, and we for them; other hand-overs pass.
GATHERING = """
    SELECT id FROM channels_printjob
    WHERE wave_id = %s AND option_id = %s AND vendor_id = %s AND state = 'draft' AND gathered_at IS NULL FOR KEY SHARE
"""
INSERT_ITEMS = """
    INSERT INTO channels_printitem (job_id, dispatch_id, delivery_area_id, wave_id, is_seed, quantity, state, reason)
    SELECT %(job)s, dispatch, area, CASE WHEN area IS NOT NULL THEN %(wave)s END, seed, quantity, 'planned', ''
    FROM unnest(%(dispatches)s::bigint[], %(areas)s::bigint[], %(seeds)s::bool[], %(quantities)s::int[])
        WITH ORDINALITY AS t(dispatch, area, seed, quantity, n) ORDER BY n
    RETURNING id
"""
COPY_ROWS = """
    COPY channels_printrow (item_id, dispatch_id, variant, country, postcode, city, street, name, cells, fields, document)
    FROM STDIN
"""


def gathering(order: Order) -> PrintJob:
    """The draft that takes in what is handed over now; it stays open until the transaction ends."""
    key = [order.wave_id, order.option_id, order.vendor.pk]
    while True:
        with connection.cursor() as cursor:
            cursor.execute(GATHERING, key)
            if found := cursor.fetchone():
                return PrintJob.objects.get(pk=found[0])
        PrintJob.objects.bulk_create([_draft(order)], ignore_conflicts=True)


def _draft(order: Order) -> PrintJob:
    option = Option.objects.get(pk=order.option_id)
    return PrintJob(
        vendor=order.vendor,
        wave_id=order.wave_id,
        option_id=order.option_id,
        channel=order.channel,
        state=JobState.DRAFT,
        cut_off_at=cut_offs.derived(Wave.objects.get(pk=order.wave_id), option),
        spec=ordered.spec(order.vendor, option, order.channel)
        | {"columns": list(order.columns), "file": formats.of_vendor(order.vendor).as_json},
    )


def add(job: PrintJob, items: Sequence[NewItem]) -> list[int]:
    """Items and their rows, of a draft from gathering(); returns the items' ids."""
    params = {
        "job": job.pk,
        "wave": job.wave_id,
        "dispatches": [item.dispatch_id for item in items],
        "areas": [item.delivery_area_id for item in items],
        "seeds": [item.is_seed for item in items],
        "quantities": [item.quantity for item in items],
    }
    stored = stored_columns(job.spec["columns"])
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ITEMS, params)
        ids = sorted(id_ for (id_,) in cursor.fetchall())
        with cursor.copy(COPY_ROWS) as target:
            for id_, item in zip(ids, items, strict=True):
                target.write_row(_row(id_, item, stored))
    return ids


def _row(item_id: int, item: NewItem, stored: Sequence[str]) -> list[Any]:
    place = item.place
    return [
        item_id,
        item.dispatch_id,
        item.variant,
        place.country,
        place.postcode,
        place.city,
        place.street,
        place.name,
        [item.cells[name] for name in stored],
        Jsonb(dict(item.fields)),
        item.document,
    ]
