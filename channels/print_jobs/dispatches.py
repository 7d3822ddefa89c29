"""Which dispatches a job's items carry: a letter its own, an area's order those of the area's customers."""

from collections.abc import Collection

from django.db.models import QuerySet

from ..models import Dispatch, PrintItem, PrintJob
from ..models import PrintItemState as Item


def area_mark(item_id: int) -> str:
    """The provider id of the dispatches that an area's order carries."""
    return f"area-order-{item_id}"


def of_job(job: PrintJob, *, states: Collection[Item] | None = None) -> list[int]:
    items = PrintItem.objects.filter(job=job)
    return of_items(job, items if states is None else items.filter(state__in=states))


def of_items(job: PrintJob, items: QuerySet[PrintItem]) -> list[int]:
    """Two queries whatever their number."""
    ids, letters = [], []
    for item_id, dispatch_id in items.values_list("id", "dispatch_id"):
        ids.append(item_id)
        letters.append(dispatch_id)
    own = [id_ for id_ in letters if id_ is not None]
    areas = [area_mark(item_id) for item_id, id_ in zip(ids, letters, strict=True) if id_ is None]
    if not areas:
        return own
    shared = Dispatch.objects.filter(wave_id=job.wave_id, channel=job.channel, provider_id__in=areas)
    return own + list(shared.values_list("id", flat=True))
