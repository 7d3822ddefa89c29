"""A decision becomes rows: the plan with its certificate and tables, and one assignment a customer, by COPY."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from steering.models import Assignment, Plan

from .candidates import Candidates, Excluded
from .deciding import Decision
from .options import Offer, area_column

ROWS_AT_ONCE = 10_000
COPY = """
    COPY steering_assignment (wave_id, customer_id, option_id, channel, is_holdout, is_exploration, propensity,
                              channel_propensity, uplift_cents, cost_cents, eligible, decided_at) FROM STDIN
"""


def write(plan: Plan, *, offers: list[Offer], found: Candidates, excluded: Excluded, decision: Decision) -> Plan:
    """Replaces the wave's earlier plan and assignments; `plan` says the wave, model, seed and point in time."""
    Plan.objects.filter(wave_id=plan.wave_id).delete()
    Assignment.objects.filter(wave_id=plan.wave_id).delete()
    plan.customers = excluded.customers
    plan.eligible = len(found.customer_ids)
    plan.holdout = int(found.is_holdout.sum())
    plan.value_cents, plan.dual_bound_cents, plan.gap = decision.value, decision.dual_bound, decision.gap
    plan.cost_cents = round(decision.cost.sum())
    plan.prices = _prices(offers, decision)
    plan.options = [_option(column, offer, found, decision) for column, offer in enumerate(offers)]
    plan.excluded = excluded.reasons
    plan.areas = _areas(offers, found, decision)
    plan.save()
    _copy(plan, offers, found, decision)
    return plan


def _prices(offers: list[Offer], decision: Decision) -> dict[str, float]:
    """What one more cent of budget, or one more piece of an option, would earn in cents."""
    names = ["budget", *(str(offer.option_id) for offer in offers)]
    return {name: round(float(price), 6) for name, price in zip(names, decision.prices, strict=True)}


def _option(column: int, offer: Offer, found: Candidates, decision: Decision) -> dict[str, Any]:
    gets = decision.choice == column
    pieces = sum(area.quantity for area in _opened(found, decision)) if offer.by_area else int(gets.sum())
    return {
        "option": offer.option_id,
        "channel": offer.channel,
        "label": offer.label,
        "eligible": int(found.eligible[:, column].sum()),
        "planned": int(gets.sum()),
        "pieces": pieces,
        "cost_cents": round(float(decision.cost[gets].sum())),
        "value_cents": round(float((decision.uplift - decision.cost)[gets].sum())),
    }


def _opened(found: Candidates, decision: Decision) -> list[Any]:
    return [area for area, is_open in zip(found.areas, decision.opened_areas, strict=False) if is_open]


def _areas(offers: list[Offer], found: Candidates, decision: Decision) -> list[dict[str, Any]]:
    leaflet = area_column(offers)
    gets = np.flatnonzero(decision.choice == leaflet) if leaflet is not None else np.empty(0, dtype=np.int64)
    sums = {
        name: np.bincount(found.area[gets], weights=amounts, minlength=len(found.areas))
        for name, amounts in (
            ("customers", np.ones(gets.size)),
            ("cost_cents", decision.cost[gets]),
            ("value_cents", (decision.uplift - decision.cost)[gets]),
        )
    }
    return [
        {"code": area.code, "quantity": area.quantity} | {name: round(float(sum_[n])) for name, sum_ in sums.items()}
        for n, area in enumerate(found.areas)
        if n < decision.opened_areas.size and decision.opened_areas[n]
    ]


def _copy(plan: Plan, offers: list[Offer], found: Candidates, decision: Decision) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(COPY) as copy:
            for lines in _lines(plan, offers, found, decision):
                copy.write(lines)
        cursor.execute("ANALYZE steering_assignment")


def _lines(plan: Plan, offers: list[Offer], found: Candidates, decision: Decision) -> Iterator[str]:
    """Text for COPY. Eligible options repeat from customer to customer, so each combination is written out once."""
    option = np.array([*(str(offer.option_id) for offer in offers), r"\N"])[decision.choice]
    channel = np.array([*(offer.channel for offer in offers), ""])[decision.choice]
    combination, number = np.unique(found.eligible, axis=0, return_inverse=True)
    eligible = np.array(
        [
            "{" + ",".join(str(offer.option_id) for offer, may in zip(offers, row, strict=True) if may) + "}"
            for row in combination
        ]
    )[number.ravel()]
    flags = np.array(["f", "t"])
    propensity, of_channel = (
        np.where(np.isnan(known), r"\N", known.astype("U24"))
        for known in (decision.propensity, decision.channel_propensity)
    )
    columns = (
        found.customer_ids, option, channel, flags[found.is_holdout.astype(int)],
        flags[decision.is_exploration.astype(int)], propensity, of_channel, np.round(decision.uplift, 4), np.round(decision.cost, 4),
        eligible,
    )  # fmt: skip
    start, end = f"{plan.wave_id}\t", f"\t{timezone.now().isoformat()}\n"
    for first in range(0, len(found.customer_ids), ROWS_AT_ONCE):
        rows = zip(*(column[first : first + ROWS_AT_ONCE].tolist() for column in columns), strict=True)
        yield "".join(start + "\t".join(map(str, row)) + end for row in rows)
