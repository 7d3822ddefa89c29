"""Taking letters back: in time until production starts, afterwards noted for the privacy officer.

Leaflets are unaddressed, so nobody's can be taken out of an area's order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from .. import ledger, registry
from ..models import DispatchState, JobState, PrintItem, PrintJob
from ..models import PrintItemState as Item
from ..permission import barred
from ..print_files import Folder, folder
from . import making
from .steps import BEFORE_PRODUCTION, OPEN, move

Rewrite = Callable[[PrintJob, Folder], None]
AFTER_START = (JobState.IN_PRODUCTION, JobState.POSTED, JobState.RECONCILED)
WITHDRAWN = (Item.WITHDRAWN, Item.WITHDRAWN_TOO_LATE)


@dataclass(frozen=True)
class Withdrawal:
    """One letter that must not be printed, or should not have been."""

    sequence: int
    item_id: int
    in_time: bool
    withdrawn_at: datetime


def withdraw(dispatch_ids: Sequence[int], *, rewrite: Rewrite) -> list[int]:
    """Take letters back, within the caller's transaction; returns the dispatches that will not be printed.

    `rewrite` writes a job's files anew from the items still planned.
    """
    taken: list[int] = []
    jobs = PrintJob.objects.filter(items__dispatch__in=dispatch_ids).values_list("id", flat=True).distinct()
    # In the order of their ids, so that two withdrawals never wait for each other.
    for job in PrintJob.objects.select_for_update(of=("self",)).filter(pk__in=sorted(jobs)).order_by("pk"):
        if job.state in BEFORE_PRODUCTION:
            taken += _withdraw_in_time(job, dispatch_ids, rewrite)
        elif job.state in AFTER_START:
            _note_too_late(job, dispatch_ids)
    return taken


def _withdraw_in_time(job: PrintJob, dispatch_ids: Sequence[int], rewrite: Rewrite) -> list[int]:
    items = PrintItem.objects.filter(job=job, state=Item.PLANNED)
    going = items.filter(dispatch__in=dispatch_ids)
    taken = list(going.values_list("dispatch_id", flat=True))
    if not taken:
        return []
    going.update(state=Item.WITHDRAWN, state_changed_at=timezone.now())
    left = items.count()
    if left == 0:
        move(job, JobState.CANCELLED, rows=0)
        return taken
    revision = job.revision + 1
    with folder(job, revision=revision) as made:
        rewrite(job, made)
    making.publish(made)
    move(job, JobState.READY, revision=revision, rows=left)
    return taken


def _note_too_late(job: PrintJob, dispatch_ids: Sequence[int]) -> None:
    """Posted pieces are no exception any more: they were on their way before the objection. A damaged one may be redone."""
    PrintItem.objects.filter(job=job, dispatch__in=dispatch_ids, state__in=[*OPEN, Item.DAMAGED]).update(
        state=Item.WITHDRAWN_TOO_LATE, state_changed_at=timezone.now()
    )


BARRED_ITEMS = """
    SELECT dispatch_id, barred FROM (
        SELECT i.dispatch_id, {barred} AS barred
        FROM channels_printitem i JOIN channels_dispatch d ON d.id = i.dispatch_id
        WHERE i.job_id = %(job)s AND i.state = 'planned'
    ) judged WHERE barred IS NOT NULL ORDER BY 1
"""


def barred_items(job: PrintJob) -> dict[int, str]:
    """Dispatches of letters still to be printed that may not go out now, with the reason."""
    gate = barred(registry.get(job.channel))
    with connection.cursor() as cursor:
        cursor.execute(BARRED_ITEMS.format(barred=gate.sql), gate.params | {"job": job.pk})
        return dict(cursor.fetchall())


@transaction.atomic
def withdraw_barred(job: PrintJob) -> int:
    """Take back, now, what may not go out any more; the sweep would do so within a minute."""
    reasons = barred_items(job)
    taken = registry.get(job.channel).withdraw(list(reasons)) if reasons else []
    for dispatch_id in taken:  # as few as object in a minute
        ledger.settle([dispatch_id], to=DispatchState.SUPPRESSED, reason=reasons[dispatch_id])
    return len(taken)


def withdrawals(job: PrintJob) -> list[Withdrawal]:
    """Everything withdrawn from a job so far."""
    items = PrintItem.objects.filter(job=job, state__in=WITHDRAWN).order_by("state_changed_at", "sequence")
    return [Withdrawal(item.sequence, item.pk, item.state == Item.WITHDRAWN, item.state_changed_at) for item in items]
