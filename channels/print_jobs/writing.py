"""The files of a closed draft, written part by part by whoever is free; once all parts are there, its vendor may have it.

A part is written in one transaction that holds its row, so a part of a worker that died is simply written again. Letters
come first, because the tables say on which pages they are. The parts of a large job of which letters were withdrawn are
written anew in the same way, beside the files that its vendor knows; once all are there, they are its next revision.
"""

import logging
import time

from django.db import connection, transaction
from django.utils import timezone

from .. import calls, ledger, print_files, queues
from ..models import DispatchState, JobState, MailingFile, PrintItem, PrintJob, PrintPart, PrintRow
from ..models import PrintItemState as Item
from . import announcing, area_totals, bundle_list, contents, outdated, proof_prints, revising
from .dispatches import ERASED
from .steps import locked, move

log = logging.getLogger(__name__)
AREAS = "direct_post"  # what is ordered by area
WRITTEN_NOW = "(j.state = 'draft' OR j.stale_at IS NOT NULL AND j.state IN ('ready', 'downloaded', 'acknowledged'))"
# A table waits for the letters that it tells of.
NEXT = f"""
    UPDATE channels_printpart SET tries = tries + 1
    WHERE id = (SELECT p.id FROM channels_printpart p JOIN channels_printjob j ON j.id = p.job_id
                WHERE p.job_id = %s AND p.written_at IS NULL AND {WRITTEN_NOW} AND NOT (
                    p.kind = 'table' AND EXISTS (
                        SELECT 1 FROM channels_printpart l WHERE l.job_id = p.job_id AND l.kind = 'letters'
                        AND l.written_at IS NULL AND l.first <= p.last AND l.last >= p.first))
                ORDER BY p.kind, p.tries, p.number LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
    RETURNING id
"""  # noqa: S608 - ours


def call(job_id: int) -> None:
    """Ask a worker to write what is left of a job."""
    calls.call(queues.WRITE_PRINT_JOB, job_id)


def write(job_id: int, *, seconds: float | None = None) -> bool:
    """Write parts until none is left, and then publish the job; False where time was over or others still write."""
    ends_at = None if seconds is None else time.monotonic() + seconds
    while True:
        while (part_id := _next(job_id)) is not None:
            _write(part_id)
            if ends_at and time.monotonic() > ends_at:
                return False
        if publish(job_id):
            return True
        if not is_left(job_id):
            return False


def _next(job_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [job_id])
        found = cursor.fetchone()
    return found[0] if found else None


def is_left(job_id: int) -> bool:
    """Whether there are parts that nobody has tried in vain, so that it is of use to go on at once."""
    return PrintPart.objects.filter(job=job_id, written_at=None, tries=0).exists()


@transaction.atomic
def wait(job_id: int) -> None:
    """Until whoever writes parts of a job at this moment is done with them."""
    list(PrintPart.objects.select_for_update().filter(job=job_id, written_at=None).order_by("pk"))


@transaction.atomic
def _write(part_id: int) -> None:
    part = PrintPart.objects.select_for_update(skip_locked=True).filter(pk=part_id, written_at=None).first()
    if part is None or _waits(part):  # somebody else is at it, or has begun again with its letters
        return
    job = PrintJob.objects.select_related("vendor").get(pk=part.job_id)
    is_draft = job.state == JobState.DRAFT
    if not (is_draft or revising.is_stale(job)):
        return
    revision = job.revision if is_draft else job.revision + 1
    files = contents.write(job, part, revision=revision, misfits=_give_up if is_draft else None)
    written_before = MailingFile.objects.filter(
        job=job, revision=revision, kind__in=contents.KINDS[part.kind], part=part.number
    )
    print_files.retract(written_before)
    print_files.publish(files)


def _waits(part: PrintPart) -> bool:
    letters = PrintPart.objects.filter(job=part.job_id, kind=PrintPart.Kind.LETTERS, written_at=None)
    return part.kind == PrintPart.Kind.TABLE and letters.filter(first__lte=part.last, last__gte=part.first).exists()


def _give_up(job: PrintJob, wrong: dict[int, str]) -> None:
    """Letters that cannot be printed, by item id with the reason, hold up nobody else's."""
    locked(job.pk)
    items = PrintItem.objects.filter(pk__in=wrong, job=job, state=Item.PLANNED)
    dispatches = dict(items.exclude(dispatch=None).values_list("dispatch_id", "id"))
    items.update(state=Item.WITHDRAWN, reason="cannot be printed", state_changed_at=timezone.now())
    for dispatch_id, item_id in sorted(dispatches.items()):
        ledger.settle([dispatch_id], to=DispatchState.FAILED, reason=wrong[item_id])


@transaction.atomic
def publish(job_id: int) -> bool:
    """From the commit on the vendor sees the job; False while parts are missing, or must be written anew."""
    job = locked(job_id)
    if revising.is_stale(job):
        return revising.publish(job)
    if job.state != JobState.DRAFT or not job.gathered_at:
        return True
    note_erased(job)
    left = PrintItem.objects.filter(job=job, state=Item.PLANNED)
    if not left.filter(is_seed=False).exists():
        print_files.destroy(
            MailingFile.objects.filter(job=job, destroyed_at=None), because="every letter was withdrawn"
        )
        left.update(state=Item.WITHDRAWN, state_changed_at=timezone.now())
        move(job, JobState.CANCELLED, rows=0)
        return True  # nobody has heard of it
    if not contents.are_written(job):
        return False
    if outdated.begin_again(job):
        return False
    if proof_prints.is_wanted(job):
        print_files.publish(proof_prints.write(job, revision=job.revision))
    print_files.publish(bundle_list.write(job, revision=job.revision))
    if job.channel == AREAS:
        print_files.publish(area_totals.write(job, revision=job.revision))
    PrintRow.objects.filter(item__job=job).exclude(item__state=Item.PLANNED).delete()
    move(job, JobState.READY, rows=left.count())
    announcing.ready(job)
    return True


def note_erased(job: PrintJob) -> None:
    """Of a locked draft: people who were erased since they were handed over have no row any more."""
    PrintItem.objects.filter(ERASED, job=job, state=Item.PLANNED).update(
        state=Item.WITHDRAWN, state_changed_at=timezone.now()
    )
