"""The leaflets of an order as PDF: set when its areas are handed over, and again where nobody can read those any more."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from campaigns import stores
from campaigns.models import Store

from .. import public_fields, recipients, registry
from ..base import ChannelError, Message
from ..models import Edges, MailingFile, PrintJob, Vendor
from ..print_jobs import dispatches
from ..print_mailing import letters
from . import orders, render

CHANNEL = "direct_post"
NAME = re.compile(r"leaflet(?:-variant-(?P<variant>\d+))?(?:-store-(?P<store>\d+))?\.pdf")
Blocks = Sequence[Mapping[str, Any]]


def pdf(message: Message, blocks: Blocks, vendor: Vendor, store: Store | None) -> bytes:
    """Raises ContentError for what cannot be printed."""
    said = stores.with_store(blocks, store)
    return render.pdf(
        said,
        public_fields.of(message, said, channel=CHANNEL),
        size=message.settings.get("format", render.USUAL),
        has_crop_marks=vendor.leaflet_edges == Edges.CROP_MARKS,
    )


def again(job: PrintJob, names: Sequence[str], *, revision: int) -> list[MailingFile]:
    """The leaflets of a job with these names, as its wave says it; unsaved. Raises ChannelError."""
    contents = letters.contents_of(job.wave_id, job.option_id)
    message = _message(job, contents)
    return orders.made(job, [_leaflet(job, name, message, contents) for name in names], revision=revision)


def _message(job: PrintJob, contents: Mapping[int, Blocks]) -> Message:
    """Of whoever gets one: of a person there is nothing on a leaflet."""
    ids = dispatches.of_job(job)[:1]
    found = recipients.messages(registry.get(CHANNEL), ids, {job.option_id: next(iter(contents.values()))})
    if not found:
        raise ChannelError(f"nobody is left for whom job {job.pk} orders leaflets", permanent=True, code="leaflet")
    return found[0]


def _leaflet(job: PrintJob, name: str, message: Message, contents: Mapping[int, Blocks]) -> orders.Leaflet:
    said = NAME.fullmatch(name)
    store_id, variant = (int(said[part] or 0) for part in ("store", "variant"))
    store = Store.objects.filter(pk=store_id).first()
    if store_id and store is None:
        raise ChannelError(f"there is no store {store_id} any more", permanent=True, code="leaflet")
    blocks = contents.get(variant) or contents[0]
    return orders.Leaflet(pdf(message, blocks, job.vendor, store), frozenset(), store_id or None, variant)
