"""Which step is allowed in which state of a job, and how a step is refused."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from ..models import JobState, PrintJob
from ..models import PrintItemState as Item

WAITING = ("lease", "acknowledge", "reject", "withdrawals")
AFTERWARDS = ("items", "withdrawals", "deletion-certificate")  # letters come back weeks later
ALLOWED: dict[JobState, tuple[str, ...]] = {
    JobState.DRAFT: (),
    JobState.READY: WAITING,
    JobState.DOWNLOADED: WAITING,
    JobState.ACKNOWLEDGED: (*WAITING, "production-start"),
    JobState.IN_PRODUCTION: ("lease", "items", "withdrawals", "printed", "posted"),
    JobState.PRINTED: ("lease", "items", "withdrawals", "posted"),
    JobState.POSTED: ("posted", *AFTERWARDS),
    JobState.RECONCILED: AFTERWARDS,
    JobState.PURGED: AFTERWARDS,
    JobState.CANCELLED: ("deletion-certificate",),
    JobState.REJECTED: ("deletion-certificate",),
    JobState.EXPIRED: ("deletion-certificate",),
}
OFFERED = (JobState.READY, JobState.DOWNLOADED, JobState.ACKNOWLEDGED)  # to its vendor, who has not begun
BEFORE_PRODUCTION = (JobState.DRAFT, *OFFERED)
IN_THE_WORKS = (JobState.IN_PRODUCTION, JobState.PRINTED)
AFTER_START = (*IN_THE_WORKS, JobState.POSTED, JobState.RECONCILED, JobState.PURGED)
OVER_UNPRINTED = (JobState.CANCELLED, JobState.REJECTED, JobState.EXPIRED)

OPEN = (Item.PLANNED, Item.PRODUCED)  # not yet known to be posted, or not to be
GONE_OUT = (Item.POSTED, Item.DISTRIBUTED, Item.MOVED, Item.RETURNED)


class Refused(Exception):  # noqa: N818 - a step is refused
    """A step that is not taken now. `kind` is stable; `allowed` says what may be done instead."""

    def __init__(self, kind: str, reason: str, *, job: PrintJob, **members: Any) -> None:
        super().__init__(reason)
        self.kind = kind
        self.allowed = allowed(job)
        self.members: Mapping[str, Any] = members


def allowed(job: PrintJob) -> tuple[str, ...]:
    """Past its cut-off a job that is not in production can only be refused."""
    steps = ALLOWED[JobState(job.state)]
    return ("reject",) if is_past_cut_off(job) and "reject" in steps else steps


def is_past_cut_off(job: PrintJob) -> bool:
    return job.state in BEFORE_PRODUCTION and job.cut_off_at is not None and job.cut_off_at <= timezone.now()


def locked(job_id: int) -> PrintJob:
    """The job as it is now, and nobody else changes it until the transaction ends."""
    return PrintJob.objects.select_for_update(of=("self",)).get(pk=job_id)


def require(job: PrintJob, step: str) -> None:
    if step in allowed(job):
        return
    if is_past_cut_off(job) and step in ALLOWED[JobState(job.state)]:
        reason = "production had to start before the cut-off; this job expires"
        raise Refused("past-cut-off", reason, job=job, cut_off_at=timezone.localtime(job.cut_off_at).isoformat())
    raise Refused("wrong-state", f"a job that is {job.state} takes no {step}", job=job, state=job.state)


def require_revision(job: PrintJob, revision: int) -> None:
    if revision < job.revision:
        reason = f"revision {revision} was replaced by {job.revision}: download and acknowledge that one"
        raise Refused("stale-revision", reason, job=job, revision=job.revision)
    if revision > job.revision:
        reason = f"there is no revision {revision} yet, {job.revision} is the latest"
        raise Refused("stale-revision", reason, job=job, revision=job.revision)


def move(job: PrintJob, to: JobState, **fields: Any) -> None:
    """Of a locked job, along with other fields of it; the state is checked again all the same."""
    now = timezone.now()
    changes = {"state": to, "state_changed_at": now, "updated_at": now, **fields}
    if PrintJob.objects.filter(pk=job.pk, state=job.state).update(**changes) != 1:
        raise RuntimeError(f"job {job.pk} is not {job.state} any more")
    for name, value in changes.items():
        setattr(job, name, value)


def touch(job: PrintJob, **fields: Any) -> None:
    """Of a locked job: something else changed that its vendor sees."""
    changes = {"updated_at": timezone.now(), **fields}
    PrintJob.objects.filter(pk=job.pk).update(**changes)
    for name, value in changes.items():
        setattr(job, name, value)
