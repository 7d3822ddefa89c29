"""New addresses of people who moved go on to their customers, and are kept nowhere among the reports."""

from collections.abc import Mapping, Sequence

from campaigns import postal

from ..models import Dispatch, PrintItem, PrintJob
from .reported import Report


def pass_on(job: PrintJob, reports: Sequence[Report], items: Mapping[int, PrintItem]) -> None:
    """What these reports say about where people live now. Nothing is kept of erased people."""
    told = [(items[one.sequence], one) for one in reports if one.new_address]
    ids = [item.dispatch_id for item, _ in told if item.dispatch_id]
    customers = dict(Dispatch.objects.filter(pk__in=ids).values_list("pk", "customer_id"))
    postal.moved_many(
        [
            postal.Move(
                customers[item.dispatch_id],
                postal.NewAddress(**one.new_address),
                at=one.at,
                source=f"vendor {job.vendor_id}",
                key=f"item-{item.pk}-{one.at.timestamp():.0f}",
            )
            for item, one in told
            if item.dispatch_id in customers
        ]
    )
