"""A lease keeps two workers of one vendor from producing one job twice: while it runs, only its holder takes steps.

Nobody needs one: a vendor with a single worker just goes ahead. A lease that ran out is free for whoever comes next.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ..models import JobState, PrintJob
from .steps import ALLOWED, Refused, locked, require, touch

LASTS = timedelta(minutes=30)


@dataclass(frozen=True)
class Lease:
    """`token` is what its holder sends along with every step."""

    holder: str
    token: str
    until: datetime


@transaction.atomic
def lease(job_id: int, *, holder: str, token: str = "") -> Lease:
    """Take the job, or renew what the same holder has. Raises Refused("lease-held") while it is another's."""
    job = locked(job_id)
    require(job, "lease")
    is_own = is_held(job) and (holder == job.lease_holder or _is_of(job, token))
    if is_held(job) and not is_own:
        raise _held(job)
    mark = job.lease_token if is_own else secrets.token_urlsafe(16)
    touch(job, lease_holder=holder, lease_token=mark, lease_until=timezone.now() + LASTS)
    return Lease(holder, mark, job.lease_until)


@transaction.atomic
def release(job_id: int, *, token: str) -> None:
    """Let others have it; nothing happens where there is no lease."""
    job = locked(job_id)
    require_lease(job, token)
    if is_held(job):
        touch(job, lease_holder="", lease_token="", lease_until=None)


def is_held(job: PrintJob) -> bool:
    """A job that the carrier has is nobody's any more."""
    is_running = job.lease_until is not None and job.lease_until > timezone.now()
    return is_running and "lease" in ALLOWED[JobState(job.state)]


def require_lease(job: PrintJob, token: str) -> None:
    """Of a locked job: the lease, where there is one, is that of whoever asks, by its token or its holder's name."""
    if is_held(job) and not _is_of(job, token):
        raise _held(job)


def _is_of(job: PrintJob, token: str) -> bool:
    return token != "" and token in (job.lease_token, job.lease_holder)


def _held(job: PrintJob) -> Refused:
    until = timezone.localtime(job.lease_until).isoformat()
    reason = f'"{job.lease_holder}" has the lease of this job; send its token as Lease-Token, or wait until it ends'
    return Refused("lease-held", reason, job=job, lease_holder=job.lease_holder, lease_until=until)
