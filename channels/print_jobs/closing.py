"""How a posted job ends: once every item is accounted for, nothing of it stays open."""

from django.db.models import OuterRef, Subquery

from .. import ledger
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintReport
from ..models import PrintItemState as Item
from . import dispatches
from .steps import OPEN, move


def reconcile(job: PrintJob) -> None:
    """A posted job is done once every item is accounted for."""
    if job.state == JobState.POSTED and not PrintItem.objects.filter(job=job, state__in=OPEN).exists():
        move(job, JobState.RECONCILED)
        _settle_too_late(job)


def last_told(item: OuterRef) -> Subquery:
    """The state that the vendor reported last of an item."""
    return Subquery(PrintReport.objects.filter(item=item).order_by("-reported_at", "-pk").values("state")[:1])


def _settle_too_late(job: PrintJob) -> None:
    """Printed although withdrawn: unless it was damaged, we cannot know that it did not go out, so it counts as sent."""
    items = PrintItem.objects.filter(job=job, state=Item.WITHDRAWN_TOO_LATE).annotate(last=last_told(OuterRef("pk")))
    damaged = dispatches.of_items(job, items.filter(last=Item.DAMAGED))
    ledger.settle(damaged, to=DispatchState.FAILED, reason="damaged in production")
    ledger.settle(dispatches.of_items(job, items), to=DispatchState.SENT, reason="posted")
