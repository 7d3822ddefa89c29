"""What comes back about dispatches becomes events, once each, and moves dispatches and addresses where it follows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from campaigns import consent, events, postal
from campaigns.models import EventKind, SuppressionReason

from . import bounces, ledger, recipients, registry
from .base import Feedback
from .models import Dispatch
from .models import DispatchState as State

# Where feedback says that a dispatch is.
FOLLOWS = {
    EventKind.DELIVERED: State.DELIVERED,
    EventKind.BOUNCED: State.BOUNCED,
    EventKind.RETURNED: State.BOUNCED,
}
# Somebody who answered has received it: evidence for a dispatch that was uncertain, or that a vendor still had.
ARRIVED = frozenset(
    {
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.SHOWN,
        EventKind.REDEEMED,
        EventKind.UNSUBSCRIBED,
        EventKind.COMPLAINED,
    }
)
# Where such evidence moves a dispatch on; the rest, almost all, is not even locked for it.
OPEN = frozenset({State.UNCERTAIN, State.HANDED_OVER})
# Feedback after which the address is not used again; a bounce only where it is hard, or one of too many (bounces.py).
# What a returned letter says depends on why it came back (campaigns.postal).
SUPPRESSES = {
    EventKind.BOUNCED: SuppressionReason.BOUNCE,
    EventKind.COMPLAINED: SuppressionReason.COMPLAINT,
}


@dataclass(frozen=True)
class Origin:
    """The dispatch that feedback answers."""

    customer_id: int
    channel: str
    state: str = ""
    claimed_at: datetime | None = None


def record(items: Iterable[Feedback]) -> int:
    """Write feedback as events; returns how many were new. Feedback on a dispatch that is not known is left out."""
    return len(record_new(items))


@transaction.atomic(savepoint=False)
def record_new(items: Iterable[Feedback]) -> list[Feedback]:
    """The same; returns those that were new."""
    items = list(items)
    ids = {item.dispatch_id for item in items}
    origins = {
        id_: Origin(*row)
        for id_, *row in Dispatch.objects.filter(id__in=ids).values_list(
            "id", "customer_id", "channel", "state", "claimed_at"
        )
    }
    known = [item for item in items if item.dispatch_id in origins]
    new = events.record_new([event(item, origins[item.dispatch_id]) for item in known])
    _move(known, origins)
    _suppress(known, origins)
    by_key = {(item.source, item.source_key): item for item in known}
    return [by_key[key] for key in new]


def receive(channel: str, answer: Mapping[str, Any]) -> int:
    """Read a provider's answer by its channel, and record what it says; returns how much of it was new."""
    return record(registry.get(channel).interpret(answer))


def event(item: Feedback, origin: Origin) -> events.NewEvent:
    return events.NewEvent(
        customer_id=origin.customer_id,
        kind=item.kind,
        medium=item.medium or origin.channel,
        is_online=item.is_online,
        occurred_at=item.occurred_at,
        value_cents=item.value_cents,
        source=item.source,
        source_key=item.source_key,
        dispatch_id=item.dispatch_id,
        attributes=dict(item.attributes),
    )


def _move(items: list[Feedback], origins: dict[int, Origin]) -> None:
    ended: dict[tuple[State, str], list[int]] = {}
    for item in items:
        if (state := FOLLOWS.get(EventKind(item.kind))) and _has_ended(item):
            ended.setdefault((state, _reason(item)), []).append(item.dispatch_id)
    for (state, reason), ids in ended.items():
        ledger.settle(ids, to=state, reason=reason)
    doubted = {id_ for id_, origin in origins.items() if origin.state in OPEN}
    settle_arrived([item.dispatch_id for item in items if item.kind in ARRIVED and item.dispatch_id in doubted])


def settle_arrived(ids: Sequence[int]) -> None:
    """Dispatches in one of the states OPEN, of which an answer shows that they arrived."""
    if ids:
        ledger.settle(ids, to=State.SENT, reason="somebody answered it")


def _suppress(items: list[Feedback], origins: dict[int, Origin]) -> None:
    """In their order. Returned letters come in thousands; others one by one: addresses that fail are few."""
    for is_return, some in groupby(items, key=_is_return):
        if is_return:
            postal.returned_many([_return(item, origins[item.dispatch_id]) for item in some])
            continue
        for item in some:
            _suppress_one(item, origins[item.dispatch_id])


def _is_return(item: Feedback) -> bool:
    return item.kind == EventKind.RETURNED


def _return(item: Feedback, origin: Origin) -> postal.Return:
    """A report of an unknown reason says as much as one without."""
    said = str(item.attributes.get("reason", ""))
    return postal.Return(
        origin.customer_id,
        reason=said if said in postal.CODES else postal.ReturnReason.OTHER,
        at=item.occurred_at,
        source=item.source,
        key=item.source_key,
        sent_at=origin.claimed_at,
        channel=origin.channel,
        dispatch_id=item.dispatch_id,
    )


def _suppress_one(item: Feedback, origin: Origin) -> None:
    if item.kind == EventKind.BOUNCED:
        bounces.note(item, customer_id=origin.customer_id, channel=origin.channel)
    if item.kind in SUPPRESSES and _is_hard(item):
        _suppress_address(item, origin)
    if item.kind == EventKind.COMPLAINED:
        consent.object_to(customer_id=origin.customer_id, channel=origin.channel, source=item.source)


def _is_hard(item: Feedback) -> bool:
    """A soft bounce (mailbox full) says little about the address, and a block nothing; those say `is_hard: false`."""
    return bool(item.attributes.get("is_hard", True))


def _has_ended(item: Feedback) -> bool:
    """Whether nobody tries this message any more. Providers may go on after a soft bounce, a returned mail is final."""
    return bool(item.attributes.get("is_final", _is_hard(item)))


def _reason(item: Feedback) -> str:
    said = item.attributes.get("reason")
    return f"reported as {item.kind}: {str(said).replace('_', ' ')}" if said else f"reported as {item.kind}"


def _suppress_address(item: Feedback, origin: Origin) -> None:
    if address := recipients.address_used(item.dispatch_id, registry.get(origin.channel)):
        kind, value = address
        consent.suppress(kind=kind, value=value, reason=SUPPRESSES[EventKind(item.kind)], source=item.source)
