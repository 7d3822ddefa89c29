"""Taking letters back: in time until production starts, afterwards noted for the privacy officer.

Leaflets are unaddressed, so nobody's can be taken out of an area's order. Letters of erased people have lost their
dispatch; they leave along with whatever else is taken back, and at the latest by withdraw_erased().
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import ledger, registry
from ..models import DispatchState, JobState, PrintItem, PrintJob
from ..models import PrintItemState as Item
from ..permission import barred
from ..print_files import folder
from ..print_mailing import letters
from . import making
from .steps import BEFORE_PRODUCTION, OPEN, locked, move

AFTER_START = (JobState.IN_PRODUCTION, JobState.POSTED, JobState.RECONCILED)
WITHDRAWN = (Item.WITHDRAWN, Item.WITHDRAWN_TOO_LATE)
ERASED = Q(dispatch=None, delivery_area=None)


@dataclass(frozen=True)
class Withdrawal:
    """One letter that must not be printed, or should not have been."""

    sequence: int
    item_id: int
    in_time: bool
    withdrawn_at: datetime


def withdraw(dispatch_ids: Sequence[int]) -> list[int]:
    """Take letters back, within the caller's transaction; returns the dispatches that will not be printed."""
    taken: list[int] = []
    jobs = PrintJob.objects.filter(items__dispatch__in=dispatch_ids).values_list("id", flat=True).distinct()
    # In the order of their ids, so that two withdrawals never wait for each other.
    for job in PrintJob.objects.select_for_update(of=("self",)).filter(pk__in=sorted(jobs)).order_by("pk"):
        taken += _withdraw_from(job, dispatch_ids)
    return taken


def _withdraw_from(job: PrintJob, dispatch_ids: Sequence[int]) -> list[int]:
    if job.state in BEFORE_PRODUCTION:
        return _withdraw_in_time(job, dispatch_ids)
    if job.state in AFTER_START:
        _note_too_late(job, dispatch_ids)
    return []


def _withdraw_in_time(job: PrintJob, dispatch_ids: Sequence[int]) -> list[int]:
    """A new revision of the job's files without these letters, made from what is left of the files before."""
    items = PrintItem.objects.filter(job=job, state=Item.PLANNED)
    going = items.filter(Q(dispatch__in=dispatch_ids) | ERASED)
    taken = list(going.values_list("dispatch_id", flat=True))
    if not taken:
        return []
    going.update(state=Item.WITHDRAWN, state_changed_at=timezone.now())
    left = set(items.values_list("sequence", flat=True))
    revision = job.revision + 1
    if not left:
        move(job, JobState.CANCELLED, rows=0)
    else:
        with folder(job, revision=revision) as made:
            letters.revise(job, made, left)
        making.publish(made)
        move(job, JobState.READY, revision=revision, rows=len(left))
    return [dispatch_id for dispatch_id in taken if dispatch_id is not None]


def _note_too_late(job: PrintJob, dispatch_ids: Sequence[int]) -> None:
    items = PrintItem.objects.filter(job=job, state__in=_stoppable(job))
    items.filter(Q(dispatch__in=dispatch_ids) | ERASED).update(
        state=Item.WITHDRAWN_TOO_LATE, state_changed_at=timezone.now()
    )


def _stoppable(job: PrintJob) -> tuple[Item, ...]:
    """Posted pieces were on their way before the objection. A damaged one may be redone until the job is posted."""
    return (*OPEN, Item.DAMAGED) if job.state == JobState.IN_PRODUCTION else OPEN


BARRED_ITEMS = """
    SELECT dispatch_id, barred FROM (
        SELECT i.dispatch_id, {barred} AS barred
        FROM channels_printitem i JOIN channels_dispatch d ON d.id = i.dispatch_id
        WHERE i.job_id = %(job)s AND i.state = ANY(%(states)s)
    ) judged WHERE barred IS NOT NULL ORDER BY 1
"""


def barred_items(job: PrintJob) -> dict[int, str]:
    """Dispatches of letters not yet posted that may not go out now, with the reason."""
    gate = barred(registry.get(job.channel))
    params = {"job": job.pk, "states": [state.value for state in _stoppable(job)]}
    with connection.cursor() as cursor:
        cursor.execute(BARRED_ITEMS.format(barred=gate.sql), gate.params | params)
        return dict(cursor.fetchall())


def erased_items(job: PrintJob) -> QuerySet[PrintItem]:
    """Letters not yet posted to people who were erased since."""
    return PrintItem.objects.filter(ERASED, job=job, state__in=_stoppable(job))


def note_late_objections(job: PrintJob) -> None:
    """Of a locked job in production, before its pieces count as posted: nobody who objected goes out unnoticed."""
    _note_too_late(job, list(barred_items(job)))


@transaction.atomic
def withdraw_barred(job_id: int) -> int:
    """Take back, now, what may not go out any more; the sweep would do so within a minute."""
    job = locked(job_id)
    reasons = barred_items(job)
    taken = _withdraw_from(job, list(reasons))
    for dispatch_id in taken:  # as few as object in a minute
        ledger.settle([dispatch_id], to=DispatchState.SUPPRESSED, reason=reasons[dispatch_id])
    return len(taken)


def withdraw_erased() -> int:
    """Take erased people's letters out of their jobs; returns how many jobs had any."""
    waiting = PrintItem.objects.filter(ERASED, state__in=OPEN, job__state__in=(*BEFORE_PRODUCTION, *AFTER_START))
    jobs = list(waiting.order_by("job").values_list("job_id", flat=True).distinct())
    for job_id in jobs:
        with transaction.atomic():
            _withdraw_from(locked(job_id), [])
    return len(jobs)


def withdrawals(job: PrintJob) -> list[Withdrawal]:
    """Everything withdrawn from a job so far."""
    items = PrintItem.objects.filter(job=job, state__in=WITHDRAWN).order_by("state_changed_at", "sequence")
    return [Withdrawal(item.sequence, item.pk, item.state == Item.WITHDRAWN, item.state_changed_at) for item in items]
