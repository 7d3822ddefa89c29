"""Which areas a wave has ordered already, so that each is ordered once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db import connection

from ..models import JobState, PrintItem, PrintJob
from ..models import PrintItemState as Item
from .steps import GONE_OUT, OVER_UNPRINTED


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
    if item.state in GONE_OUT:
        return "posted"
    is_lost = item.state == Item.DAMAGED and job_state in (JobState.POSTED, JobState.RECONCILED, JobState.PURGED)
    return "failed" if is_lost or job_state in OVER_UNPRINTED else "open"
