"""Which step is allowed in which state of a job, and how a step is refused."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from ..models import JobState, PrintJob
from ..models import PrintItemState as Item

ALLOWED: dict[JobState, tuple[str, ...]] = {
    JobState.READY: ("acknowledge", "reject"),
    JobState.DOWNLOADED: ("acknowledge", "reject"),
    JobState.ACKNOWLEDGED: ("acknowledge", "reject", "production-start"),
    JobState.IN_PRODUCTION: ("items", "posted"),
    JobState.POSTED: ("items",),
    JobState.RECONCILED: ("items",),  # letters come back weeks later
    JobState.CANCELLED: (),
    JobState.REJECTED: (),
}
BEFORE_PRODUCTION = (JobState.READY, JobState.DOWNLOADED, JobState.ACKNOWLEDGED)
OPEN = (Item.PLANNED, Item.PRODUCED)  # not yet known to be posted, or not to be


class Refused(Exception):  # noqa: N818 - a step is refused
    """A step that is not taken now. `kind` is stable; `allowed` says what may be done instead."""

    def __init__(self, kind: str, reason: str, *, job: PrintJob, **members: Any) -> None:
        super().__init__(reason)
        self.kind = kind
        self.allowed = allowed(job)
        self.members: Mapping[str, Any] = members


def allowed(job: PrintJob) -> tuple[str, ...]:
    return ALLOWED[JobState(job.state)]


def locked(job_id: int) -> PrintJob:
    """The job as it is now, and nobody else changes it until the transaction ends."""
    return PrintJob.objects.select_for_update(of=("self",)).get(pk=job_id)


def require(job: PrintJob, step: str) -> None:
    if step not in allowed(job):
        raise Refused("wrong-state", f"a job that is {job.state} takes no {step}", job=job, state=job.state)


def require_revision(job: PrintJob, revision: int) -> None:
    if revision != job.revision:
        reason = f"revision {revision} was replaced by {job.revision}: download and acknowledge that one"
        raise Refused("stale-revision", reason, job=job, revision=job.revision)


def move(job: PrintJob, to: JobState, **fields: Any) -> None:
    """Of a locked job, along with other fields of it; the state is checked again all the same."""
    changes = {"state": to, "state_changed_at": timezone.now(), **fields}
    if PrintJob.objects.filter(pk=job.pk, state=job.state).update(**changes) != 1:
        raise RuntimeError(f"job {job.pk} is not {job.state} any more")
    for name, value in changes.items():
        setattr(job, name, value)
