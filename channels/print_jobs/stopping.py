"""Jobs that are not printed because of us: staff cancel them, or their cut-off passes."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from .. import ledger
from ..models import DispatchState, JobState, PrintItem, PrintItemState, PrintJob
from . import announcing, dispatches
from .steps import BEFORE_PRODUCTION, OFFERED, Refused, is_past_cut_off, locked, move, touch


@transaction.atomic
def cancel(job_id: int) -> PrintJob:
    """Staff stop a job; possible until production starts."""
    job = locked(job_id)
    if job.state not in BEFORE_PRODUCTION:
        raise Refused("wrong-state", f"a job that is {job.state} cannot be cancelled", job=job, state=job.state)
    _end(job, JobState.CANCELLED, DispatchState.CANCELLED, "print job cancelled")
    return job


@transaction.atomic
def set_cut_off(job_id: int, at: datetime | None) -> PrintJob:
    """Staff say by when production must have started, or that it may start whenever; possible until it has."""
    job = locked(job_id)
    if job.state not in BEFORE_PRODUCTION:
        raise Refused("wrong-state", f"a job that is {job.state} has no cut-off any more", job=job, state=job.state)
    touch(job, cut_off_at=at)
    return job


def expire_due() -> int:
    """End the jobs that are not in production by their cut-off; returns how many."""
    due = PrintJob.objects.filter(state__in=OFFERED, cut_off_at__lte=timezone.now()).order_by("pk")
    return sum(_expire(job_id) for job_id in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _expire(job_id: int) -> bool:
    job = locked(job_id)
    if job.state not in OFFERED or not is_past_cut_off(job):
        return False
    _end(job, JobState.EXPIRED, DispatchState.FAILED, "not in production by its cut-off")
    return True


def _end(job: PrintJob, to: JobState, dispatches_to: DispatchState, reason: str) -> None:
    was_offered = job.state in OFFERED
    left = PrintItem.objects.filter(job=job).exclude(state=PrintItemState.WITHDRAWN)
    move(job, to, rows=left.count())  # of a draft they have not been counted before
    ledger.settle(dispatches.of_job(job), to=dispatches_to, reason=reason)
    if was_offered:
        announcing.cancelled(job)
