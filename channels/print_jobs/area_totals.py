"""The sums of an order of leaflets, in a file of their own: the carrier adds up its rows and knows that none is missing.

An order whose rows, items and files do not add up is not published.
"""

from typing import Any

from django.db import connection
from django.db.models import Sum

from ..base import ChannelError
from ..mailing_files.tables import stored_columns
from ..models import FileKind, MailingFile, PrintJob
from . import small_tables

NAME = "areas-totals.csv"
FIGURES = ("areas", "households", "refusing_households", "quantity", "full_bundles", "rest_bundles")
COLUMNS = ("carrier", "week", "leaflet_file", *FIGURES)
WHOLE = "total"
# Rows whose own figures contradict each other or their item are counted as wrong.
SUMS = """
    WITH told AS (
        SELECT r.document, i.quantity AS ordered, {cells}
        FROM channels_printitem i JOIN channels_printrow r ON r.item_id = i.id
        WHERE i.job_id = %(job)s AND i.state = 'planned'
    )
    SELECT carrier, week, document, count(*), sum(households::bigint), sum(refusing_households::bigint),
           sum(quantity::bigint), sum(full_bundles::bigint), count(*) FILTER (WHERE rest::bigint > 0),
           count(*) FILTER (WHERE quantity::bigint <> ordered
                               OR quantity::bigint <> households::bigint - refusing_households::bigint
                               OR quantity::bigint <> full_bundles::bigint * bundle_size::bigint + rest::bigint)
    FROM told GROUP BY carrier, week, document ORDER BY carrier, week, document
"""
CELLS = ("carrier", "week", "households", "refusing_households", "quantity", "bundle_size", "full_bundles", "rest")


def write(job: PrintJob, *, revision: int) -> list[MailingFile]:
    """The file, unsaved, of a job whose tables are written. Raises ChannelError where something does not add up."""
    rows = _summed(job)
    whole = [sum(row[n] for row in rows) for n in range(3, 3 + len(FIGURES))]
    if reason := _wrong(job, rows, whole):
        raise ChannelError(f"the order of job {job.pk} does not add up: {reason}", permanent=True, code="totals")
    told = [*(row[:-1] for row in rows), (WHOLE, "", "", *whole)]
    return [small_tables.write(job, NAME, COLUMNS, told, revision=revision, kind=FileKind.TOTALS)]


def _summed(job: PrintJob) -> list[tuple[Any, ...]]:
    """Carrier, week, leaflet, FIGURES, and how many rows are wrong."""
    places = {name: number for number, name in enumerate(stored_columns(job.spec["columns"]), 1)}
    cells = ", ".join(f"r.cells[{places[name]}] AS {name}" for name in CELLS)
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(cells=cells), {"job": job.pk})
        return [tuple(int(cell) if n > 2 else cell for n, cell in enumerate(row)) for row in cursor.fetchall()]


def _wrong(job: PrintJob, rows: list[tuple[Any, ...]], whole: list[int]) -> str:
    files = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    written = files.filter(kind=FileKind.TABLE).aggregate(n=Sum("rows"))["n"] or 0
    leaflets = {file.plain_name for file in files.filter(kind=FileKind.LEAFLET)}
    if bad := sum(row[-1] for row in rows):
        return f"{bad} rows contradict what was ordered"
    if written != whole[0]:
        return f"{whole[0]} areas are ordered, but its files have {written} rows"
    if missing := [row[2] for row in rows if row[2] not in leaflets]:
        return f"there is no {missing[0]}"
    return ""
