"""Taking letters back: in time until production starts, afterwards noted for the privacy officer.

Of what the vendor has fetched it gets a list with running numbers; what it never fetched just leaves the files. Leaflets
are unaddressed, so nobody's can be taken out of an area's order. Letters of erased people have lost their dispatch; they
leave along with whatever else is taken back, and at the latest by withdraw_erased().
"""

import logging
from collections.abc import Mapping, Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import QuerySet

from .. import ledger, registry
from ..base import ChannelError
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintRow
from ..models import PrintItemState as Item
from ..permission import REFUSING, barred
from . import announcing, reasons, revising, withdrawal_list
from .dispatches import ERASED
from .steps import AFTER_START, BEFORE_PRODUCTION, IN_THE_WORKS, OPEN, locked

log = logging.getLogger(__name__)


def withdraw(dispatch_ids: Sequence[int]) -> list[int]:
    """Take letters back, within the caller's transaction; returns the dispatches that will not be printed."""
    taken: list[int] = []
    jobs = PrintItem.objects.filter(dispatch__in=dispatch_ids).values("job")
    # In the order of their ids, so that two withdrawals never wait for each other.
    for job in PrintJob.objects.select_for_update(of=("self",)).filter(pk__in=jobs).order_by("pk"):
        taken += _withdraw_from(job, reasons.of_dispatches(job, dispatch_ids))
    return taken


def by_job(dispatch_ids: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Which of these dispatches are letters of which job, in the order of the jobs' ids."""
    letters = PrintItem.objects.filter(dispatch__in=dispatch_ids).order_by().values_list("job")
    return sorted(letters.annotate(ids=ArrayAgg("dispatch", order_by="dispatch")))


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
    """A new revision of the job's files without these letters, at once or, of a large job, soon."""
    taken = withdrawal_list.take(job, why, states=[Item.PLANNED], in_time=True)
    if taken.items and job.state == JobState.DRAFT:
        _forget_rows(job, taken)
    elif taken.items:
        revising.take_out(job)
        _tell(job, taken)
    return taken.dispatches


def _forget_rows(job: PrintJob, taken: withdrawal_list.Taken) -> None:
    """Of a draft. Once it is closed whoever writes a part holds its rows: they are forgotten, and the part is written again,
    before the job is ready.
    """
    if not job.gathered_at:
        PrintRow.objects.filter(item__in=taken.items).delete()


def _note_too_late(job: PrintJob, why: Mapping[int, str]) -> None:
    taken = withdrawal_list.take(job, why, states=_stoppable(job), in_time=False)
    _tell(job, taken)


def _tell(job: PrintJob, taken: withdrawal_list.Taken) -> None:
    if taken.last_seq:
        announcing.withdrawn(job, seq=taken.last_seq)


def _stoppable(job: PrintJob) -> tuple[Item, ...]:
    """Posted pieces were on their way before the objection. A damaged one may be redone until the job is posted."""
    return (*OPEN, Item.DAMAGED) if job.state in IN_THE_WORKS else OPEN


# Asked with every step of a vendor, so it begins with the few who could be barred and not with all letters of the job.
BARRED_ITEMS = f"""
    WITH suspects AS (
        {REFUSING} UNION SELECT id FROM campaigns_customer WHERE household_id IS NULL
    ), open AS MATERIALIZED (
        SELECT d.id, d.customer_id, d.wave_id
        FROM suspects JOIN channels_dispatch d USING (customer_id) JOIN channels_printitem i ON i.dispatch_id = d.id
        WHERE d.wave_id = %(wave)s AND i.job_id = %(job)s AND i.state = ANY(%(states)s)
    )
    SELECT id, barred FROM (SELECT d.id, {{barred}} AS barred FROM open d) judged WHERE barred IS NOT NULL ORDER BY 1
"""  # noqa: S608 - ours


def barred_items(job: PrintJob) -> dict[int, str]:
    """Dispatches of letters not yet posted that may not go out now, with the reason."""
    gate = barred(registry.get(job.channel))
    params = {"job": job.pk, "wave": job.wave_id, "states": [state.value for state in _stoppable(job)]}
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
    ledger.settle_each({id_: barred_now[id_] for id_ in taken}, to=DispatchState.SUPPRESSED)
    return len(taken)


def withdraw_erased() -> int:
    """Take erased people's letters out of their jobs; returns how many jobs had any."""
    waiting = PrintItem.objects.filter(ERASED, state__in=OPEN, job__state__in=(*BEFORE_PRODUCTION, *AFTER_START))
    jobs = list(waiting.order_by("job").values_list("job_id", flat=True).distinct())
    for job_id in jobs:
        with transaction.atomic():
            _withdraw_from(locked(job_id), {})
    return len(jobs)
