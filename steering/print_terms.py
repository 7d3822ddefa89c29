"""What a plan orders print by: whose areas, from which vendor, as which product. It holds as long as the plan does."""

from collections.abc import Mapping
from typing import Any

from campaigns.models import Option, Wave, WaveState

from .models import Plan

# Of an option's settings. How long before its week a carrier gets an order costs nothing and may be changed.
FIXED = ("vendor", "product", "pages", "format", "carrier", "spread", "weeks", "radius_km")
RESTING = (WaveState.APPROVED, WaveState.RUNNING, WaveState.PAUSED)


def of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As plans keep them."""
    return {name: settings[name] for name in FIXED if settings.get(name) not in (None, "")}


def changed_since(plan: Plan) -> str:
    """What options of which the plan makes something order otherwise by now; empty: nothing."""
    settings = dict(Option.objects.filter(campaign=plan.wave.campaign_id).values_list("pk", "settings"))
    found = [_changed(row, of(settings.get(row["option"], {}))) for row in _ordering(plan)]
    return "; ".join(filter(None, found))


def refusal(option: Option, settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first setting that an approved or running wave rests on and that would be another, and why it must not be.

    Waves that triggers add to one by one rest on nothing: each addition is decided by what is set then.
    """
    planned = Plan.objects.filter(wave__campaign=option.campaign_id, wave__state__in=RESTING)
    plans = planned.filter(wave__open_until_at=None).select_related("wave")
    for plan in plans.order_by("wave__number"):
        for row in _ordering(plan):
            if row["option"] == option.pk and (different := _different(row["terms"], of(settings))):
                return different[0], _why(plan.wave, row["terms"], different[0])
    return None


def _ordering(plan: Plan) -> list[dict[str, Any]]:
    """Its options of which something is made, as far as their terms are known."""
    return [row for row in plan.options if row.get("terms") and row["pieces"]]


def _changed(row: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    terms = row["terms"]
    return ", ".join(
        f"{row['label']} was planned with the {name.replace('_km', '')} {_said(terms, name)}, which is {_said(now, name)} now"
        for name in _different(terms, now)
    )


def _different(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [name for name in FIXED if one.get(name) != other.get(name)]


def _why(wave: Wave, terms: Mapping[str, Any], name: str) -> str:
    return (
        f"Wave {wave.number} is {wave.state} with {_said(terms, name)} here, and what it orders stays as it was"
        " planned. Cancel it first, or wait until it is completed."
    )


def _said(terms: Mapping[str, Any], name: str) -> str:
    return f"“{terms[name]}”" if name in terms else "none"
