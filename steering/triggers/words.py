"""A trigger as a sentence, and spans of time as staff write them."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from campaigns.models import EventKind
from steering.models import Trigger
from steering.models.triggers import LONGEST_WAIT

from . import conditions

MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
SPAN = re.compile(r"(\d{1,7})\s*(minute|hour|day|week)s?( before)?")


def minutes_of(text: str) -> int:
    """“30 minutes”, “3 days”, “14 days before” (below 0); “at once” and nothing are 0. Raises ValueError."""
    said = " ".join(text.lower().split())
    if said in ("", "0", "at once"):
        return 0
    found = SPAN.fullmatch(said)
    if not found:
        raise ValueError(f"write such as “30 minutes”, “3 days”, “14 days before” or “at once”, got “{text}”")
    minutes = int(found[1]) * MINUTES[found[2]]
    if minutes > LONGEST_WAIT:
        raise ValueError(f"wait at most {span(LONGEST_WAIT)}, got “{text}”")
    return -minutes if found[3] else minutes


def span(minutes: int) -> str:
    """The same in words; `minutes_of` reads them back."""
    if not minutes:
        return "at once"
    unit = next(name for name in ("week", "day", "hour", "minute") if minutes % MINUTES[name] == 0)
    number = abs(minutes) // MINUTES[unit]
    return f"{number} {unit}{'s' if number > 1 else ''}{' before' if minutes < 0 else ''}"


def in_words(trigger: Trigger) -> str:
    said = [f"When a customer has “{kind_words([trigger.event_kind])}”"]
    if trigger.after_campaign_id:
        said.append(f"by a message of {trigger.after_campaign}")
    if trigger.conditions:
        said.append(f"where {' and '.join(conditions.lines(trigger.conditions))}")
    parts = [" ".join(said), _when(trigger)]
    if trigger.unless_kinds:
        parts.append(f"unless {kind_words(trigger.unless_kinds)} came meanwhile")
    if trigger.only_if_kinds:
        parts.append(f"only if {kind_words(trigger.only_if_kinds)} came meanwhile")
    parts.append(f"at most once in {trigger.once_in_days} day{'s' if trigger.once_in_days > 1 else ''}")
    return f"{', '.join(parts)}: what {trigger.campaign} has for them."


def of_campaign(campaign_id: int) -> list[dict[str, Any]]:
    """Its triggers, and those of the campaigns that follow it."""
    found = Trigger.objects.filter(Q(campaign=campaign_id) | Q(after_campaign=campaign_id))
    return [
        {"pk": one.pk, "name": one.name, "words": in_words(one), "state": one.get_state_display()}
        for one in found.select_related("campaign", "after_campaign").order_by("id")
    ]


def kind_words(kinds: Sequence[str]) -> str:
    return " or ".join(EventKind(kind).label.lower() for kind in kinds)


def _when(trigger: Trigger) -> str:
    if not trigger.count_from:
        return "at once" if not trigger.wait_minutes else f"{span(trigger.wait_minutes)} later"
    if not trigger.wait_minutes:
        return f"on the date in {trigger.count_from}"
    return (
        f"{span(trigger.wait_minutes)}{'' if trigger.wait_minutes < 0 else ' after'} the date in {trigger.count_from}"
    )
