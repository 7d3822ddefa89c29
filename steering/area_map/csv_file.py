"""The areas of a plan as CSV that a spreadsheet opens safely, a row at a time."""

import csv
import io
from collections.abc import Iterator

from django.db.models import QuerySet

from campaigns.importing.report import harmless
from steering.models import PlanArea

HEADER = (
    "carrier", "area", "postcode", "place", "region", "households", "refusing_households", "leaflets", "customers",
    "cost_cents", "customer_value_cents", "new_value_cents", "gain_cents", "chosen", "week", "group", "pair", "distributed",
)  # fmt: skip
AT_ONCE = 2000


def lines(rows: QuerySet[PlanArea]) -> Iterator[str]:
    yield "\ufeff" + _line(HEADER)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield _line(_cells(row))


def _cells(row: PlanArea) -> tuple[object, ...]:
    area = row.area
    words = (area.carrier, area.code, area.postcode, area.place, area.region)
    return (
        *map(harmless, words),
        area.households,
        area.refusing_households,
        row.quantity,
        row.customers,
        *(round(cents) for cents in (row.cost, row.expected_customer_value, row.expected_new_value, row.gain)),
        int(row.chosen),
        row.week or "",
        row.group,
        "" if row.pair is None else row.pair,
        "" if row.distributed is None else row.distributed,
    )


def _line(cells: tuple[object, ...]) -> str:
    target = io.StringIO()
    csv.writer(target).writerow(cells)
    return target.getvalue()
