"""The steps of a job as its vendor takes them, until everything is printed; posting is a file of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from .. import ledger
from ..models import DispatchState, JobState, MailingFile, PrintJob
from . import dispatches, pending, revising
from .leasing import require_lease
from .steps import OFFERED, Refused, locked, move, require, require_revision
from .withdrawing import note_late_objections


@dataclass(frozen=True)
class FileCheck:
    """What a vendor measured of a file that it downloaded."""

    name: str
    sha256: str
    bytes: int
    rows: int


def note_download(job: PrintJob) -> None:
    """The vendor fetches a file of this revision. Raises Refused("stale-revision") if it was replaced at this moment, and
    Refused("withdrawals-pending") while it holds people who are in no list of withdrawals.

    Only the first download of a revision writes; whoever withdraws a letter waits for it, or is seen by it.
    """
    if job.state != JobState.READY and job.pulled_revision == job.revision:
        return
    with transaction.atomic():
        now = locked(job.pk)
        require_revision(now, job.revision)
        if now.pulled_revision != now.revision:
            revising.require_fresh(now)
        if now.state in OFFERED:
            to = JobState.DOWNLOADED if now.state == JobState.READY else JobState(now.state)
            move(now, to, pulled_revision=now.revision)


@transaction.atomic
def acknowledge(job_id: int, *, revision: int, files: Sequence[FileCheck], lease: str = "") -> PrintJob:
    """The vendor has every file of the latest revision, bit by bit."""
    job = locked(job_id)
    require(job, "acknowledge")
    require_lease(job, lease)
    require_revision(job, revision)
    errors = _differences(job, files)
    if errors:
        raise Refused("checksum-mismatch", "what you have is not what we wrote", job=job, errors=errors)
    # Whoever can tell the checksums has the files, even if no download of this revision was needed for them.
    move(job, JobState.ACKNOWLEDGED, acknowledged_revision=revision, pulled_revision=revision)
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
def reject(job_id: int, *, reason: str, details: Sequence[Mapping[str, Any]] = (), lease: str = "") -> PrintJob:
    """The vendor will not print this. Its dispatches have failed. `details` say what is wrong where, by code."""
    job = locked(job_id)
    require(job, "reject")
    require_lease(job, lease)
    move(job, JobState.REJECTED, reject_reason=reason, reject_details=[dict(one) for one in details])
    ledger.settle(dispatches.of_job(job), to=DispatchState.FAILED, reason="rejected by the vendor")
    return job


@transaction.atomic
def start_production(job_id: int, *, revision: int, lease: str = "") -> PrintJob:
    """The point of no return: the vendor has acknowledged the latest revision, and nobody in it objects."""
    job = locked(job_id)
    # The job is locked: an objection from here on is too late, an earlier one is seen here.
    if job.state in OFFERED:
        pending.require_none(job)
    require(job, "production-start")
    require_lease(job, lease)
    require_revision(job, revision)
    move(job, JobState.IN_PRODUCTION)
    return job


@transaction.atomic
def finish_printing(job_id: int, *, lease: str = "") -> PrintJob:
    """Everything is printed and waits for the carrier; whoever objected meanwhile can still be taken out by hand."""
    job = locked(job_id)
    require(job, "printed")
    require_lease(job, lease)
    note_late_objections(job)
    move(job, JobState.PRINTED)
    return job
