"""A vendor's jobs page by page: which are asked for, and where the next page begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from campaigns.numbers import whole_number

from ..models import JobState, PrintJob
from . import own

PAGE = 100
MOST = 500
STATES = [state for state in JobState.values if state != JobState.DRAFT]
CHANNELS = ["print_mailing", "direct_post"]
PARAMETERS = [
    OpenApiParameter("state", str, enum=STATES, many=True, explode=False, style="form",
                     description="Only jobs in this state, or in one of several separated by commas"),
    OpenApiParameter("channel", str, enum=CHANNELS, description="Only jobs of this channel"),
    OpenApiParameter("wave", int, description="Only jobs of this wave"),
    OpenApiParameter("updated_since", OpenApiTypes.DATETIME, description="Only what changed since; `as_of` of your last listing"),
    OpenApiParameter("after", str, description="`next` of the page before"),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, description=f"Jobs a page, {PAGE} unless told"),
]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which jobs, as own.jobs() takes it, from where on, and how many."""

    only: Mapping[str, Any] = field(default_factory=dict)
    after: int = 0
    limit: int = PAGE


def asked(query: QueryDict) -> Asked:
    """Raises ValidationError with every parameter that is wrong."""
    errors: dict[str, str] = {}
    told: dict[str, Any] = {}
    for name, read in READERS.items():
        if name in query:
            try:
                told |= read(query[name])
            except ValueError as error:
                errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    return Asked(after=told.pop("after", 0), limit=told.pop("limit", PAGE), only=told)


def page(vendor_id: int, of: Asked) -> tuple[list[PrintJob], str | None]:
    """The jobs, and what to pass on as `after`; None: that was all."""
    found = own.jobs(vendor_id, after=of.after, most=of.limit + 1, only=of.only)
    following = str(found[of.limit - 1].pk) if len(found) > of.limit else None
    return found[: of.limit], following


def _states(text: str) -> dict[str, Any]:
    wanted = text.split(",")
    if not set(wanted) <= set(STATES):
        raise ValueError(f"must be one of {', '.join(STATES)}, or several separated by commas")
    return {"states": wanted}


def _channel(text: str) -> dict[str, Any]:
    if text not in CHANNELS:
        raise ValueError(f"must be one of {', '.join(CHANNELS)}")
    return {"channel": text}


def _wave(text: str) -> dict[str, Any]:
    number = whole_number(text)
    if number is None:
        raise ValueError("must be the number of a wave")
    return {"wave": number}


def _since(text: str) -> dict[str, Any]:
    # A plus sign that nobody encoded arrives as a blank.
    text = text.strip().replace(" ", "+") if "T" in text else text
    try:
        at = parse_datetime(text)
        at = at if at is None or timezone.is_aware(at) else timezone.make_aware(at)
    except (ValueError, OverflowError):
        at = None
    if at is None or not 1900 < at.year < 9000:
        raise ValueError("must be a time by ISO 8601, e.g. 2026-11-25T22:00:00Z")
    return {"since": at.astimezone(UTC)}  # the database knows fewer offsets than the standard


def _after(text: str) -> dict[str, Any]:
    number = whole_number(text)
    if number is None:
        raise ValueError("must be the `next` of the page before")
    return {"after": number}


def _limit(text: str) -> dict[str, Any]:
    number = whole_number(text)
    if number is None or not 1 <= number <= MOST:
        raise ValueError(f"must be from 1 to {MOST}")
    return {"limit": number}


READERS = {
    "state": _states,
    "channel": _channel,
    "wave": _wave,
    "updated_since": _since,
    "after": _after,
    "limit": _limit,
}
