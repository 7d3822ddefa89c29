"""Jobs come into being while dispatches are handed over, in the same transaction as their receipts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from campaigns.models import Wave

from ..models import MailingFile, PrintItem, PrintJob, Vendor
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


def ordered_areas(wave_id: int, area_ids: Collection[int]) -> dict[int, int]:
    """Those of the areas that this wave has ordered already: item id by area id.

    Locks the wave against other hand-overs, so that two batches with dispatches of one area order it once.
    """
    Wave.objects.select_for_update(no_key=True).only("id").get(pk=wave_id)
    ordered = PrintItem.objects.filter(wave_id=wave_id, delivery_area_id__in=area_ids)
    return dict(ordered.values_list("delivery_area_id", "id"))
