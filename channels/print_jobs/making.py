"""Jobs come into being while dispatches are handed over, in the same transaction as their receipts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection

from ..models import JobState, MailingFile, PrintItem, PrintJob, Vendor
from ..models import PrintItemState as Item
from ..print_files import Folder


@dataclass(frozen=True)
class NewItem:
    """A letter to a person, or an order for an area."""

    dispatch_id: int | None = None
    delivery_area_id: int | None = None
    quantity: int = 1


INSERT_ITEMS = """
    INSERT INTO channels_printitem
        (job_id, sequence, dispatch_id, delivery_area_id, wave_id, quantity, state, reason)
    SELECT %(job)s, n, dispatch, area, CASE WHEN area IS NOT NULL THEN %(wave)s END, quantity, 'planned', ''
    FROM unnest(%(dispatches)s::bigint[], %(areas)s::bigint[], %(quantities)s::int[])
        WITH ORDINALITY AS t(dispatch, area, quantity, n)
    RETURNING sequence, id
"""


def create(
    *, vendor: Vendor, wave_id: int, option_id: int, channel: str, items: Sequence[NewItem]
) -> tuple[PrintJob, list[int]]:
    """A job with its items in this order, sequences from 1; returns it and the items' ids."""
    job = PrintJob.objects.create(vendor=vendor, wave_id=wave_id, option_id=option_id, channel=channel, rows=len(items))
    params = {
        "job": job.pk,
        "wave": wave_id,
        "dispatches": [item.dispatch_id for item in items],
        "areas": [item.delivery_area_id for item in items],
        "quantities": [item.quantity for item in items],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ITEMS, params)
        return job, [id_ for _, id_ in sorted(cursor.fetchall())]


def publish(folder: Folder) -> None:
    """From the commit on, the vendor sees these files."""
    MailingFile.objects.bulk_create(folder.written)


@dataclass(frozen=True)
class Ordered:
    """An area that a wave has ordered already, and what became of the order."""

    item_id: int
    fate: Literal["open", "posted", "failed"]


def ordered_areas(wave_id: int, area_ids: Collection[int]) -> dict[int, Ordered]:
    """Those of the areas that this wave has ordered already, by area id.

    Other hand-overs of the wave wait until the transaction ends, so that two batches with dispatches of one area order
    it once. Not by the wave's row: whoever cancels a wave locks that first and then dispatches, which we hold already.
    The jobs are locked, so that none is posted or rejected before the newcomers stand in the ledger.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"areas of wave {wave_id}"])
    items = PrintItem.objects.filter(wave_id=wave_id, delivery_area_id__in=area_ids)
    jobs = PrintJob.objects.select_for_update(of=("self",)).filter(pk__in=items.values("job_id")).order_by("pk")
    states = {job.pk: JobState(job.state) for job in jobs}
    return {item.delivery_area_id: Ordered(item.pk, _fate(item, states[item.job_id])) for item in items}


def _fate(item: PrintItem, job_state: JobState) -> Literal["open", "posted", "failed"]:
    if item.state == Item.POSTED:
        return "posted"
    is_lost = item.state == Item.DAMAGED and job_state in (JobState.POSTED, JobState.RECONCILED)
    return "failed" if is_lost or job_state in (JobState.CANCELLED, JobState.REJECTED) else "open"
