"""What keeps a job from the press: files that were replaced, withdrawals not yet acknowledged, objections of this moment."""

from ..models import PrintJob
from . import revising
from .steps import Refused
from .withdrawal_list import unacknowledged
from .withdrawing import barred_items, erased_items


def require_none(job: PrintJob) -> None:
    """Of a locked job before production. Raises Refused("withdrawals-pending") with what is to be done first."""
    if open_seqs := list(unacknowledged(job).values_list("seq", flat=True).order_by("-seq")[:1]):
        reason = "letters were withdrawn: acknowledge the list of withdrawals, and the files of the latest revision"
        raise Refused("withdrawals-pending", reason, job=job, revision=job.revision, seq=open_seqs[0])
    revising.require_fresh(job)
    is_behind = job.acknowledged_revision is not None and job.acknowledged_revision != job.revision
    if is_behind or barred_items(job) or erased_items(job).exists():
        reason = "letters were withdrawn, or files made anew: download and acknowledge the latest revision"
        raise Refused("withdrawals-pending", reason, job=job, revision=job.revision)
