"""Taking letters back: in time until production starts, afterwards noted for the privacy officer.

Of what the vendor has fetched it gets a list with running numbers; what it never fetched just leaves the files. Leaflets
are unaddressed, so nobody's can be taken out of an area's order. Letters of erased people have lost their dispatch; they
leave along with whatever else is taken back, and at the latest by withdraw_erased().
"""

import logging
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import ledger, registry
from ..base import ChannelError
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintRow
from ..models import PrintItemState as Item
from ..permission import barred
from . import announcing, reasons, withdrawal_list
from .dispatches import ERASED
from .revising import revise
from .steps import AFTER_START, BEFORE_PRODUCTION, IN_THE_WORKS, OPEN, locked, move

log = logging.getLogger(__name__)


def withdraw(dispatch_ids: Sequence[int]) -> list[int]:
    """Take letters back, within the caller's transaction; returns the dispatches that will not be printed."""
    taken: list[int] = []
    jobs = PrintJob.objects.filter(items__dispatch__in=dispatch_ids).values_list("id", flat=True).distinct()
    # In the order of their ids, so that two withdrawals never wait for each other.
    for job in PrintJob.objects.select_for_update(of=("self",)).filter(pk__in=sorted(jobs)).order_by("pk"):
        taken += _withdraw_from(job, reasons.of_dispatches(job, dispatch_ids))
    return taken


def _withdraw_from(job: PrintJob, why: Mapping[int, str]) -> list[int]:
    if job.state in BEFORE_PRODUCTION:
        return _or_later(job, why)
    if job.state in AFTER_START:
        _note_too_late(job, why)
    return []


def _or_later(job: PrintJob, why: Mapping[int, str]) -> list[int]:
    """A job whose files cannot be written now holds up no other. It does not go to the press before they are."""
    try:
        with transaction.atomic():
            return _withdraw_in_time(job, why)
    except ChannelError as error:
        log.error("letters are still in the files of print job %s: %s", job.pk, error)
    except Exception:
        log.exception("letters are still in the files of print job %s", job.pk)
    return []


def _withdraw_in_time(job: PrintJob, why: Mapping[int, str]) -> list[int]:
    """A new revision of the job's files without these letters, made from what is left of the files before."""
    taken = withdrawal_list.take(job, why, states=[Item.PLANNED], in_time=True)
    if taken.items and job.state == JobState.DRAFT:
        _forget_rows(job, taken)
    elif taken.items:
        _revise(job)
        _tell(job, taken)
    return taken.dispatches


def _forget_rows(job: PrintJob, taken: withdrawal_list.Taken) -> None:
    """Of a draft. Once it is closed whoever writes a part holds its rows: they are forgotten, and the part is written again,
    before the job is ready.
    """
    if not job.gathered_at:
        PrintRow.objects.filter(item__in=taken.items).delete()


def _revise(job: PrintJob) -> None:
    left = PrintItem.objects.filter(job=job, state=Item.PLANNED)
    if not left.filter(is_seed=False).exists():
        left.update(state=Item.WITHDRAWN, state_changed_at=timezone.now())
        move(job, JobState.CANCELLED, rows=0)
        announcing.cancelled(job)
        return
    revision = job.revision + 1
    revise(job, revision=revision)
    move(job, JobState.READY, revision=revision, rows=left.count())


def _note_too_late(job: PrintJob, why: Mapping[int, str]) -> None:
    taken = withdrawal_list.take(job, why, states=_stoppable(job), in_time=False)
    _tell(job, taken)


def _tell(job: PrintJob, taken: withdrawal_list.Taken) -> None:
    if taken.last_seq:
        announcing.withdrawn(job, seq=taken.last_seq)


def _stoppable(job: PrintJob) -> tuple[Item, ...]:
    """Posted pieces were on their way before the objection. A damaged one may be redone until the job is posted."""
    return (*OPEN, Item.DAMAGED) if job.state in IN_THE_WORKS else OPEN


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
    _note_too_late(job, reasons.of_dispatches(job, list(barred_items(job))))


@transaction.atomic
def withdraw_barred(job_id: int) -> int:
    """Take back, now, what may not go out any more; the sweep would do so within a minute."""
    job = locked(job_id)
    barred_now = barred_items(job)
    taken = _withdraw_from(job, reasons.of_dispatches(job, list(barred_now)))
    for dispatch_id in taken:  # as few as object in a minute
        ledger.settle([dispatch_id], to=DispatchState.SUPPRESSED, reason=barred_now[dispatch_id])
    return len(taken)


def withdraw_erased() -> int:
    """Take erased people's letters out of their jobs; returns how many jobs had any."""
    waiting = PrintItem.objects.filter(ERASED, state__in=OPEN, job__state__in=(*BEFORE_PRODUCTION, *AFTER_START))
    jobs = list(waiting.order_by("job").values_list("job_id", flat=True).distinct())
    for job_id in jobs:
        with transaction.atomic():
            _withdraw_from(locked(job_id), {})
    return len(jobs)
