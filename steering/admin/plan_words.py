"""A plan in words and tables for the person who approves it."""

from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.models import Campaign, DeliveryArea
from campaigns.money import shown
from channels.admin.names import label
from steering.models import Plan
from steering.planning.making import exploring
from steering.planning.price_step_words import price_step_words
from steering.planning.words import price_words, standing_words

from . import together

AREAS_SHOWN = 20
LEAST_PERCENT = 0.001
TOLD_GAP = 0.001  # of which it is said where it comes from
STATES = (
    "queued", "claimed", "sending", "handed_over", "sent", "delivered", "bounced", "failed", "suppressed",
    "cancelled", "expired", "uncertain",
)  # fmt: skip


def table(
    title: str, headers: list[str], rows: list[list[Any]], *, note: str = "", words: bool = False
) -> dict[str, Any]:
    """What steering/table.html draws; without headers, or with `words`, sentences instead of numbers."""
    return {"title": title, "headers": headers, "rows": rows, "note": note, "is_words": words or not headers}


def of(plan: Plan, campaign: Campaign) -> dict[str, Any]:
    currency = campaign.currency
    tables = [_options(plan, currency), _prices(plan, currency), _excluded(plan)]
    if plan.rules:
        tables.insert(1, _rules(plan, currency))
    if steps := price_step_words(plan, currency=currency):
        tables.insert(1, table("What print costs", [], [list(row) for row in steps]))
    if plan.areas:
        tables.append(_areas(plan, currency))
    return {"cards": _cards(plan, campaign), "tables": tables}


def sentence_case(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def limit_names(plan: Plan, rules: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, str]:
    """What the prices of a plan are of, by their keys; `rules` by key, where there are others than the plan's own."""
    told = {rule["rule"]: rule for rule in plan.rules} if rules is None else rules
    return (
        {"budget": "budget"}
        | {str(option["option"]): f"pieces of {option['label']}" for option in plan.options}
        | {key: f"the rule “{rule['name']}”" for key, rule in told.items()}
    )


def counts(sums: Mapping[str, Mapping[str, int]]) -> dict[str, Any] | None:
    """Dispatches by channel and state; states in which nothing is are left out."""
    if not sums:
        return None
    states = [state for state in STATES if any(state in of_channel for of_channel in sums.values())]
    rows = [
        [label(channel), *(f"{of_channel.get(state, 0):,}" for state in states), f"{sum(of_channel.values()):,}"]
        for channel, of_channel in sums.items()
    ]
    return table("", ["Channel", *(state.replace("_", " ").capitalize() for state in states), "All"], rows)


def _cards(plan: Plan, campaign: Campaign) -> list[dict[str, str]]:
    planned = sum(option["planned"] for option in plan.options)
    left = campaign.budget_cents - plan.cost_cents
    return [
        {
            "title": "Customers contacted",
            "value": f"{planned:,}",
            "note": f"{plan.customers:,} in the audience, {plan.eligible:,} eligible, {plan.holdout:,} held out",
        },
        {
            "title": "Cost",
            "value": shown(plan.cost_cents, campaign.currency),
            "note": f"of {shown(campaign.budget_cents, campaign.currency)}, {shown(left, campaign.currency)} left",
        },
        {
            "title": "Expected incremental margin",
            "value": shown(plan.value_cents, campaign.currency),
            "note": "after cost, compared with sending nothing",
        },
        _certificate(plan, campaign.currency),
    ]


def _certificate(plan: Plan, currency: str) -> dict[str, str]:
    """The proof of how good the plan is: no better one can exist by more than this."""
    note = f"no plan with the same draws can earn more than {shown(plan.dual_bound_cents, currency)}"
    if plan.areas and plan.gap >= TOLD_GAP and exploring(plan.wave):
        note += "; areas are settled before anything is drawn, which is a part of it"
    return {"title": "At most missing", "value": _missing(plan.gap), "note": note}


def _missing(gap: float) -> str:
    """So many decimals that something is seen of it."""
    percent = 100 * gap
    if percent < LEAST_PERCENT:
        return f"less than {LEAST_PERCENT} %" if percent else "nothing"
    return f"{percent:.2f} %" if percent >= 0.01 else f"{percent:.3f} %"


def _options(plan: Plan, currency: str) -> dict[str, Any]:
    rows = [
        [
            option["label"],
            f"{option['eligible']:,}",
            f"{option['planned']:,}",
            f"{option['pieces']:,}",
            shown(option["cost_cents"], currency),
            shown(option["value_cents"], currency),
            _per_piece(option["value_cents"], option["planned"], currency),
        ]
        for option in plan.options
    ]
    headers = ["Channel", "Eligible", "Planned", "Pieces", "Cost", "Expected margin", "Per customer"]
    model = (
        f"Estimated by {plan.model_version}." if plan.model_version else "No model is trained yet: by prior knowledge."
    )
    beside = together.words(plan.wave_id, plan.together)
    note = f"{model} Margins are what contacting adds, after cost. {beside}".strip()
    return table("Who gets what", headers, rows, note=note)


def _per_piece(value: float, planned: int, currency: str) -> str:
    return shown(value / planned, currency) if planned else ""


def _prices(plan: Plan, currency: str) -> dict[str, Any]:
    return table("What more would earn", [], [list(row) for row in price_words(plan, currency=currency)])


def _rules(plan: Plan, currency: str) -> dict[str, Any]:
    rows = [[rule["name"], rule["words"], standing_words(rule, currency)] for rule in plan.rules]
    return table("Rules", ["Rule", "Says", "The plan has"], rows, words=True)


def _excluded(plan: Plan) -> dict[str, Any]:
    """Channels in rows, reasons in columns, the most frequent first."""
    sums: dict[str, int] = {}
    for reasons in plan.excluded.values():
        for reason, number in reasons.items():
            sums[reason] = sums.get(reason, 0) + number
    columns = sorted(sums, key=lambda reason: -sums[reason])
    rows = [
        [label(channel), *(f"{reasons.get(reason, 0):,}" for reason in columns)]
        for channel, reasons in plan.excluded.items()
    ]
    note = "Customers of the audience who cannot get a channel, each by the first reason that holds."
    return table("Left out, and why", ["Channel", *(reason.capitalize() for reason in columns)], rows, note=note)


def _areas(plan: Plan, currency: str) -> dict[str, Any]:
    best = sorted(plan.areas, key=lambda area: -area["value_cents"])
    names = _area_names(best[:AREAS_SHOWN])
    rows = [
        [
            names[area["carrier"], area["code"]],
            f"{area['quantity']:,}",
            f"{area['customers']:,}",
            shown(area["cost_cents"], currency),
            shown(area["value_cents"], currency),
            shown(area.get("new_cents", 0), currency),
        ]
        for area in best[:AREAS_SHOWN]
    ]
    note = ("1 area gets the leaflet" if len(best) == 1 else f"{len(best):,} areas get the leaflet") + (
        f"; the best {AREAS_SHOWN} are shown." if len(best) > AREAS_SHOWN else "."
    )
    headers = ["Area", "Leaflets", "Customers", "Cost", "Expected margin", "Of new customers"]
    return table("Delivery areas", headers, rows, note=note)


def _area_names(told: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """By carrier and code: with the place, of areas that are still there."""
    keys = [(area["carrier"], area["code"]) for area in told]
    carriers, codes = ({key[part] for key in keys} for part in (0, 1))
    known = {
        (area.carrier, area.code): str(area)
        for area in DeliveryArea.objects.filter(carrier__in=carriers, code__in=codes)
    }
    return {key: known.get(key) or DeliveryArea(carrier=key[0], code=key[1]).name for key in keys}
