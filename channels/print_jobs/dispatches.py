"""Which dispatches a job's items carry: a letter its own, an area's order those of the area's customers."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from ..models import Dispatch, PrintItem, PrintJob
from ..models import PrintItemState as Item

# Letters of erased people: they have lost their dispatch. Neither areas nor seed addresses ever had one.
ERASED = Q(dispatch=None, delivery_area=None, is_seed=False)


def area_mark(item_id: int) -> str:
    """The provider id of the dispatches that an area's order carries."""
    return f"area-order-{item_id}"


def of_job(job: PrintJob, *, states: Collection[Item] | None = None) -> list[int]:
    items = PrintItem.objects.filter(job=job)
    return of_items(job, items if states is None else items.filter(state__in=states))


def of_items(job: PrintJob, items: QuerySet[PrintItem]) -> list[int]:
    """Two queries whatever their number; letters of erased people carry none."""
    own = list(items.filter(dispatch__isnull=False).values_list("dispatch_id", flat=True))
    areas = items.filter(delivery_area__isnull=False).values_list("id", flat=True)
    marks = [area_mark(item_id) for item_id in areas]
    shared = Dispatch.objects.filter(wave_id=job.wave_id, channel=job.channel, provider_id__in=marks)
    return own + list(shared.values_list("id", flat=True))
