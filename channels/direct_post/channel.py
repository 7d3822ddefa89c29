"""Unaddressed leaflets, bought by delivery area: an order file and the leaflet, which the vendor pulls by API."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from campaigns import stores
from campaigns.areas import living
from campaigns.blocks import ContentError
from campaigns.models import DeliveryArea, Store

from .. import postage, print_jobs, vendors
from ..base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from ..ledger.sql import rows
from ..mailing_files.columns import AREAS
from ..models import Dispatch, Vendor
from ..print_jobs import Ordered, finishing, gathering
from ..print_jobs.dispatches import area_mark
from . import leaflets, orders, render, spread

OPEN_AREAS = """
    SELECT c.id, l.area_id FROM campaigns_customer c JOIN {living} l ON l.household_id = c.household_id
    JOIN campaigns_deliveryarea a ON a.id = l.area_id
    WHERE c.id = ANY(%(customers)s) AND a.households > a.refusing_households
      AND (NOT EXISTS (SELECT 1 FROM campaigns_openedarea o WHERE o.wave_id = %(wave)s)
           OR EXISTS (SELECT 1 FROM campaigns_openedarea o WHERE o.wave_id = %(wave)s AND o.area_id = a.id))
"""
Answer = Receipt | tuple[int, ChannelError]
Blocks = Sequence[Mapping[str, Any]]


class DirectPostChannel(Channel):
    """Dispatches are per customer, but the order is per area: all customers of an area share one item.

    A leaflet bears no name, so one person cannot be taken out of an area's order: there is no withdraw(). Whoever
    objects is left out when an area is decided and claimed; households that refuse advertising are not counted.
    """

    name = "direct_post"
    label = "Direct post"
    reach = Reach(needs_household=True, grounds=(), decided_by_area=True)
    handover = Handover.TOGETHER
    unit_cost_cents = 12
    is_public = True

    def render(self, blocks: Blocks, fields: Mapping[str, Any]) -> Rendition:
        return render.render(blocks, fields)

    def check_option(self, settings: Mapping[str, Any]) -> None:
        vendors.check_option(settings, label=self.label, more=("format", "carrier", *spread.KEYS), is_leaflet=True)
        spread.of(settings)
        _check_carrier(settings.get("carrier"))
        if (format_ := settings.get("format", render.USUAL)) not in render.SIZES:
            raise ValueError(f"format: must be one of {', '.join(render.SIZES)}, got {str(format_)[:20]!r}")

    def hand_over(self, messages: Iterable[Message], blocks: Mapping[int, Blocks]) -> Iterator[Answer]:
        """Each option has a job that gathers areas which the wave has not ordered before."""
        messages = list(messages)
        if not messages:
            return
        areas = _areas_of(messages)
        ordered = print_jobs.ordered_areas(messages[0].wave_id, set(areas.values()))
        refusals: dict[int, ChannelError] = {}
        for option_id in dict.fromkeys(message.option_id for message in messages):
            batch = [one for one in messages if one.option_id == option_id and one.customer_id in areas]
            new = {areas[one.customer_id] for one in batch} - ordered.keys()
            if not new:
                continue
            try:
                vendor, leaflets = _prepare(batch[0], blocks[option_id], new)
            except ChannelError as error:
                refusals |= dict.fromkeys(new, error)
            else:
                ordered |= self._order(new, batch[0], vendor=vendor, leaflets=leaflets)
        for message in messages:
            yield _answer(message, areas.get(message.customer_id), ordered, refusals)

    def recorded(self, wave_ids: Collection[int]) -> None:
        finishing.finish_waves(self.name, wave_ids)

    def _order(
        self, area_ids: Collection[int], message: Message, *, vendor: Vendor, leaflets: Sequence[orders.Leaflet]
    ) -> dict[int, Ordered]:
        """These areas join the job of their wave and option."""
        areas = list(DeliveryArea.objects.filter(pk__in=area_ids).order_by("postcode", "code"))
        order = gathering.Order(vendor, message.wave_id, message.option_id, self.name, AREAS)
        job = gathering.gathering(order)
        orders.write(job, leaflets)
        item_ids = gathering.add(job, orders.items(message.wave_id, areas, leaflets))
        return {area.pk: Ordered(item_id, "open") for area, item_id in zip(areas, item_ids, strict=True)}


def _check_carrier(name: Any) -> None:
    if name is not None and not (
        isinstance(name, str) and DeliveryArea.objects.filter(carrier=name, closed_at=None).exists()
    ):
        raise ValueError(f"carrier: there are no areas of a carrier {str(name)[:60]!r}")


def _areas_of(messages: Sequence[Message]) -> dict[int, int]:
    """Delivery area by customer; the messages are of one wave.

    Where every household refuses advertising there is nothing to order, nor in an area that the wave's plan did not open:
    who moved there since takes no leaflet along.
    """
    of_carrier: dict[str, list[int]] = {}
    for message in messages:
        of_carrier.setdefault(living.carrier_of(message.settings), []).append(message.customer_id)
    areas: dict[int, int] = {}
    for carrier, customer_ids in of_carrier.items():
        lived_in, params = living.in_areas(carrier)
        params |= {"customers": customer_ids, "wave": messages[0].wave_id}
        areas |= dict(rows(OPEN_AREAS.format(living=lived_in), params))
    return areas


def _prepare(message: Message, blocks: Blocks, area_ids: Collection[int]) -> tuple[Vendor, list[orders.Leaflet]]:
    """Whatever may speak against an order is found out before there is one."""
    vendor = vendors.taking_orders(message.settings)
    postage.refuse_expired(blocks, message.settings, channel=DirectPostChannel.name)
    try:
        return vendor, [_leaflet(message, blocks, vendor, *group) for group in _groups(blocks, area_ids)]
    except ContentError as error:
        raise ChannelError(f"the content cannot be printed: {error}", permanent=True, code="content") from error


def _groups(blocks: Blocks, area_ids: Collection[int]) -> list[tuple[Store | None, frozenset[int]]]:
    """Areas that get the same leaflet: all of them, or those with the same nearest store."""
    if not stores.names_nearest(blocks):
        return [(None, frozenset(area_ids))]
    nearest = stores.nearest(area_ids)
    of_store: dict[Store | None, set[int]] = {}
    for area_id in area_ids:
        of_store.setdefault(nearest.get(area_id), set()).add(area_id)
    named = sorted(of_store.items(), key=lambda pair: pair[0].code if pair[0] else "")
    return [(store, frozenset(areas)) for store, areas in named]


def _leaflet(
    message: Message, blocks: Blocks, vendor: Vendor, store: Store | None, area_ids: frozenset[int]
) -> orders.Leaflet:
    pdf = leaflets.pdf(message, blocks, vendor, store)
    variant = Dispatch.objects.values_list("variant", flat=True).get(pk=message.dispatch_id)
    return orders.Leaflet(pdf, area_ids, store.pk if store else None, variant)


def _answer(
    message: Message,
    area_id: int | None,
    ordered: Mapping[int, Ordered],
    refusals: Mapping[int, ChannelError],
) -> Answer:
    if area_id is None:
        return message.dispatch_id, ChannelError(
            "in no area that the plan opened and that takes leaflets", permanent=True, code="area"
        )
    if area_id not in ordered:
        return message.dispatch_id, refusals[area_id]
    order = ordered[area_id]
    if order.fate == "failed":
        return message.dispatch_id, ChannelError("the area's order came to nothing", permanent=True, code="order")
    state = ReceiptState.SENT if order.fate == "posted" else ReceiptState.HANDED_OVER
    return Receipt(message.dispatch_id, state, provider_id=area_mark(order.item_id))
