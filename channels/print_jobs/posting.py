"""Pieces are given to the carrier, all at once or in several postings that add up, each with the carrier's receipt."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from .. import ledger
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintPosting
from ..models import PrintItemState as Item
from . import dispatches
from .closing import reconcile
from .leasing import require_lease
from .steps import GONE_OUT, IN_THE_WORKS, OPEN, Refused, locked, move, require, touch
from .withdrawing import note_late_objections


@dataclass(frozen=True)
class Posting:
    """What the vendor says. `receipt` is the carrier's number; `postage_cents` paid for these pieces, None: not told."""

    pieces: int
    posted_at: datetime
    receipt: str
    postage_cents: int | None = None


@transaction.atomic
def post(job_id: int, posting: Posting, *, more_follows: bool = False, lease: str = "") -> PrintJob:
    """The job is posted with the last posting, or when nothing is left to post.

    If they add up to all that was not withdrawn or damaged, every item is posted. With fewer, the rows must tell which.
    Letters withdrawn too late may or may not be among them. The same posting again changes nothing. Raises Refused.
    """
    job = locked(job_id)
    require(job, "posted")
    require_lease(job, lease)
    if _is_known(job, posting):
        return job
    note_late_objections(job)
    left, most = _left(job), _left(job, with_late=True)
    if posting.pieces > most:
        raise Refused("pieces-mismatch", f"must be at most {most}, got {posting.pieces}", job=job, expected=left)
    PrintPosting.objects.create(job=job, **asdict(posting))
    touch(job, **_sums(job), posting_receipt=posting.receipt)
    if posting.pieces == most or not more_follows:
        _close(job)
    return job


def close_if_all_is_posted(job: PrintJob) -> None:
    """Of a locked job of which some was posted: what was still to follow may have been damaged."""
    if job.state in IN_THE_WORKS and job.posted_pieces and not _left(job, with_late=True):
        _close(job)


def _left(job: PrintJob, *, with_late: bool = False) -> int:
    """Pieces that are still to be posted."""
    late = (Item.WITHDRAWN_TOO_LATE,) if with_late else ()
    items = PrintItem.objects.filter(job=job, state__in=(*OPEN, *GONE_OUT, *late))
    return max(items.aggregate(n=Sum("quantity", default=0))["n"] - (job.posted_pieces or 0), 0)


def _is_known(job: PrintJob, posting: Posting) -> bool:
    known = PrintPosting.objects.filter(job=job, receipt=posting.receipt).first()
    if known is None:
        return False
    if any(getattr(known, name) != said for name, said in asdict(posting).items()):
        reason = f"this job has another posting with the receipt {posting.receipt}"
        raise Refused("receipt-reused", reason, job=job)
    return True


def _sums(job: PrintJob) -> dict[str, int | None]:
    return PrintPosting.objects.filter(job=job).aggregate(
        posted_pieces=Sum("pieces"), postage_cents=Sum("postage_cents")
    )


def _close(job: PrintJob) -> None:
    last = PrintPosting.objects.filter(job=job).aggregate(at=Max("posted_at"))["at"]
    move(job, JobState.POSTED, posted_at=last)
    if not _left(job):
        _post_the_rest(job)
    damaged = dispatches.of_job(job, states=[Item.DAMAGED])
    ledger.settle(damaged, to=DispatchState.FAILED, reason="damaged in production")
    reconcile(job)


def _post_the_rest(job: PrintJob) -> None:
    PrintItem.objects.filter(job=job, state__in=OPEN).update(state=Item.POSTED, state_changed_at=timezone.now())
    ledger.settle(dispatches.of_job(job, states=[Item.POSTED]), to=DispatchState.SENT, reason="posted")
