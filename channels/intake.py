"""Events that other systems report: the shop, the tills, the service desk. All of a batch or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns import events, identity
from campaigns.models import Customer, EventKind, Identifier

# What others may report. The rest is ours to know: what we sent, and what came back to us.
KINDS = (
    EventKind.PAGE_VIEWED,
    EventKind.PRODUCT_VIEWED,
    EventKind.CART_LEFT,
    EventKind.PURCHASED,
    EventKind.STORE_VISITED,
    EventKind.SERVICE_CALLED,
    EventKind.PRODUCT_REGISTERED,
    EventKind.PRODUCT_SIGNALLED,
)
MOST_AT_ONCE = 1000
CLOCK_ERROR = timedelta(minutes=5)


@dataclass(frozen=True)
class RowError:
    row: int  # from 1
    field: str
    reason: str


class IntakeError(Exception):
    """Nothing was recorded; `errors` names every bad row."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} bad rows")
        self.errors = errors


@dataclass(frozen=True)
class Reported:
    """One event as reported. The customer is named by number, or else by an identifier."""

    kind: str
    medium: str
    is_online: bool
    occurred_at: datetime
    source_key: str
    customer_number: str = ""
    identifier_kind: str = ""
    identifier_value: str = ""
    value_cents: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def record(reported: Sequence[Reported], *, source: str) -> int:
    """Write a batch; returns how many were new. Raises IntakeError when any row is bad."""
    errors: list[RowError] = []
    latest = timezone.now() + CLOCK_ERROR
    customers = _customers(reported, errors)
    for row, item in enumerate(reported, 1):
        if item.occurred_at > latest:
            errors.append(RowError(row, "occurred_at", "is in the future"))
    if errors:
        raise IntakeError(sorted(errors, key=lambda error: (error.row, error.field)))
    return events.record(
        [_event(item, customers[row], source=source) for row, item in enumerate(reported, 1)],
    )


def customer(*, number: str = "", kind: str = "", value: str = "") -> int | None:
    """Who is known by this number, or else by this identifier; None: nobody."""
    if number:
        return _by_number({number}).get(("", number))
    try:
        key = kind, identity.normalise(kind, value, country=settings.CUSTOMER_COUNTRY)
    except identity.IdentityError:
        return None
    return _by_identifier({key}).get(key)


def _event(item: Reported, customer_id: int, *, source: str) -> events.NewEvent:
    return events.NewEvent(
        customer_id=customer_id,
        kind=item.kind,
        medium=item.medium,
        is_online=item.is_online,
        occurred_at=item.occurred_at,
        value_cents=item.value_cents,
        source=source,
        source_key=item.source_key,
        attributes=dict(item.attributes),
    )


def _customers(reported: Sequence[Reported], errors: list[RowError]) -> dict[int, int]:
    """Customer id by row; two queries for the whole batch."""
    keys = {row: key for row, item in enumerate(reported, 1) if (key := _key(row, item, errors))}
    ids = _by_number({value for kind, value in keys.values() if kind == ""}) | _by_identifier(set(keys.values()))
    for row, key in keys.items():
        if key not in ids:
            errors.append(RowError(row, "identifier" if key[0] else "customer_number", "nobody is known by this"))
    return {row: ids[key] for row, key in keys.items() if key in ids}


def _key(row: int, item: Reported, errors: list[RowError]) -> tuple[str, str] | None:
    if item.customer_number:
        return "", item.customer_number
    try:
        value = identity.normalise(item.identifier_kind, item.identifier_value, country=settings.CUSTOMER_COUNTRY)
    except identity.IdentityError as error:
        errors.append(RowError(row, "identifier", error.reason))
        return None
    return item.identifier_kind, value


def _by_number(numbers: set[str]) -> dict[tuple[str, str], int]:
    """The number of a customer who was merged leads to the one who was kept."""
    now = Coalesce("merged_into_id", "id")
    found = Customer.objects.filter(customer_number__in=numbers).values_list("customer_number", now)
    return {("", number): id_ for number, id_ in found}


def _by_identifier(keys: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted = {identity.digest(kind, value): (kind, value) for kind, value in keys if kind}
    now = Coalesce("customer__merged_into_id", "customer_id")
    found = Identifier.objects.filter(digest__in=list(wanted)).values_list("kind", "value", now)
    return {(kind, value): customer_id for kind, value, customer_id in found}
