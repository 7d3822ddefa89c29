"""The steps of a job as its vendor takes them, and staff's own: cancelling."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from .. import ledger
from ..models import DispatchState, JobState, MailingFile, PrintItem, PrintJob
from ..models import PrintItemState as Item
from . import dispatches
from .closing import reconcile
from .steps import BEFORE_PRODUCTION, OPEN, Refused, locked, move, require, require_revision
from .withdrawing import barred_items, erased_items, note_late_objections


@dataclass(frozen=True)
class FileCheck:
    """What a vendor measured of a file that it downloaded."""

    name: str
    sha256: str
    bytes: int
    rows: int


def note_download(job: PrintJob) -> None:
    PrintJob.objects.filter(pk=job.pk, state=JobState.READY).update(
        state=JobState.DOWNLOADED, state_changed_at=timezone.now()
    )


@transaction.atomic
def acknowledge(job_id: int, *, revision: int, files: Sequence[FileCheck]) -> PrintJob:
    """The vendor has every file of the latest revision, bit by bit."""
    job = locked(job_id)
    require(job, "acknowledge")
    require_revision(job, revision)
    errors = _differences(job, files)
    if errors:
        raise Refused("checksum-mismatch", "what you have is not what we wrote", job=job, errors=errors)
    move(job, JobState.ACKNOWLEDGED, acknowledged_revision=revision)
    return job


def _differences(job: PrintJob, files: Sequence[FileCheck]) -> list[dict[str, str]]:
    """Every file that is missing, unknown or different, with the field and the reason."""
    ours = {file.name: file for file in MailingFile.objects.filter(job=job, revision=job.revision)}
    errors = [{"file": name, "field": "name", "reason": "is missing"} for name in ours.keys() - {f.name for f in files}]
    for theirs in files:
        errors += _difference(theirs, ours)
    return sorted(errors, key=lambda error: (error["file"], error["field"]))


def _difference(theirs: FileCheck, ours: Mapping[str, MailingFile]) -> list[dict[str, str]]:
    if theirs.name not in ours:
        return [{"file": theirs.name, "field": "name", "reason": "is no file of this revision"}]
    return [
        {"file": theirs.name, "field": name, "reason": f"must be {getattr(ours[theirs.name], name)}, got {got}"}
        for name, got in asdict(theirs).items()
        if got != getattr(ours[theirs.name], name)
    ]


@transaction.atomic
def reject(job_id: int, *, reason: str) -> PrintJob:
    """The vendor will not print this. Its dispatches have failed."""
    job = locked(job_id)
    require(job, "reject")
    move(job, JobState.REJECTED, reject_reason=reason)
    ledger.settle(dispatches.of_job(job), to=DispatchState.FAILED, reason="rejected by the vendor")
    return job


@transaction.atomic
def cancel(job_id: int) -> PrintJob:
    """Staff stop a job; possible until production starts."""
    job = locked(job_id)
    if job.state not in BEFORE_PRODUCTION:
        raise Refused("wrong-state", f"a job that is {job.state} cannot be cancelled", job=job, state=job.state)
    move(job, JobState.CANCELLED)
    ledger.settle(dispatches.of_job(job), to=DispatchState.CANCELLED, reason="print job cancelled")
    return job


@transaction.atomic
def start_production(job_id: int, *, revision: int) -> PrintJob:
    """The point of no return: the vendor has acknowledged the latest revision, and nobody in it objects."""
    job = locked(job_id)
    # The job is locked: an objection from here on is too late, an earlier one is seen here.
    if job.state in BEFORE_PRODUCTION and _has_withdrawals_pending(job):
        reason = "letters were withdrawn: download and acknowledge the latest revision"
        raise Refused("withdrawals-pending", reason, job=job, revision=job.revision)
    require(job, "production-start")
    require_revision(job, revision)
    move(job, JobState.IN_PRODUCTION)
    return job


def _has_withdrawals_pending(job: PrintJob) -> bool:
    """Whether the vendor has other files than it should print: outdated ones, or with letters that must not go out."""
    is_behind = job.acknowledged_revision is not None and job.acknowledged_revision != job.revision
    return is_behind or bool(barred_items(job)) or erased_items(job).exists()


@transaction.atomic
def post(job_id: int, *, pieces: int, posted_at: datetime, receipt: str) -> PrintJob:
    """The vendor has given the pieces to the carrier.

    If the pieces add up to all that was not withdrawn or damaged, every item is posted. With fewer, the rows must tell
    which. Letters withdrawn too late may or may not be among them.
    """
    job = locked(job_id)
    require(job, "posted")
    note_late_objections(job)
    due = _pieces(job, [*OPEN, Item.POSTED, Item.RETURNED])
    most = due + _pieces(job, [Item.WITHDRAWN_TOO_LATE])
    if pieces > most:
        raise Refused("pieces-mismatch", f"must be at most {most}, got {pieces}", job=job, expected=due)
    move(job, JobState.POSTED, posted_pieces=pieces, posted_at=posted_at, posting_receipt=receipt)
    if pieces >= due:
        _post_the_rest(job)
    damaged = dispatches.of_job(job, states=[Item.DAMAGED])
    ledger.settle(damaged, to=DispatchState.FAILED, reason="damaged in production")
    reconcile(job)
    return job


def _pieces(job: PrintJob, states: Sequence[Item]) -> int:
    return PrintItem.objects.filter(job=job, state__in=states).aggregate(n=Sum("quantity", default=0))["n"]


def _post_the_rest(job: PrintJob) -> None:
    PrintItem.objects.filter(job=job, state__in=OPEN).update(state=Item.POSTED, state_changed_at=timezone.now())
    ledger.settle(dispatches.of_job(job, states=[Item.POSTED]), to=DispatchState.SENT, reason="posted")
