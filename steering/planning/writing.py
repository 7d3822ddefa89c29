"""A decision becomes rows: the plan with its certificate and tables, and one assignment a customer, by COPY."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from steering import filling
from steering.filling import Repeated
from steering.models import Assignment, Plan

from . import area_table, price_steps
from .candidates import Candidates, Excluded
from .deciding import Decision
from .options import Offer

TABLE = "steering_assignment"
COLUMNS = (
    "wave_id", "customer_id", "option_id", "channel", "is_holdout", "is_exploration", "propensity", "channel_propensity",
    "uplift_cents", "cost_cents", "has_leaflet_on_top", "on_top_cost_cents", "eligible", "decided_at",
)  # fmt: skip
BITS = 32  # options that are told apart by one number


def write(plan: Plan, *, offers: list[Offer], found: Candidates, excluded: Excluded, decision: Decision) -> Plan:
    """Replaces the wave's earlier plan and assignments; `plan` says the wave, model, seed and point in time."""
    forget(plan.wave_id)
    plan.customers = excluded.customers
    plan.eligible = len(found.customer_ids)
    plan.holdout = int(found.is_holdout.sum())
    plan.value_cents, plan.dual_bound_cents, plan.gap = decision.value, decision.dual_bound, decision.gap
    plan.cost_cents = round(decision.cost.sum())
    plan.prices = prices_by_name(offers, decision.rules, decision.prices)
    plan.options = option_rows(offers, found, decision)
    plan.excluded = excluded.reasons
    plan.areas = area_rows(offers, found, decision)
    plan.save()
    area_table.write(plan, offers, area_table.told(offers, found, decision))
    _copy(plan, offers, found, decision)
    return plan


def forget(wave_id: int) -> None:
    """The wave's plan and assignments."""
    Plan.objects.filter(wave_id=wave_id).delete()
    Assignment.objects.filter(wave_id=wave_id).delete()


def prices_by_name(offers: list[Offer], rules: Sequence[str], prices: np.ndarray) -> dict[str, float]:
    """What one more cent of budget, one more piece of an option, or one more unit of a rule would earn in cents."""
    names = ["budget", *(str(offer.option_id) for offer in offers), *rules]
    return {name: round(float(price), 6) for name, price in zip(names, prices, strict=True)}


def option_rows(offers: list[Offer], found: Candidates, decision: Decision) -> list[dict[str, Any]]:
    return [_option(column, offer, found, decision) for column, offer in enumerate(offers)]


def _option(column: int, offer: Offer, found: Candidates, decision: Decision) -> dict[str, Any]:
    """What a leaflet adds to somebody who gets something else as well is the leaflet's."""
    gets = decision.reached if offer.by_area else decision.choice == column
    cost = decision.area_cost if offer.by_area else decision.cost - decision.area_cost
    uplift = decision.area_uplift if offer.by_area else decision.uplift - decision.area_uplift
    pieces = sum(area.quantity for area in _opened(found, decision)) if offer.by_area else int(gets.sum())
    return {
        "option": offer.option_id,
        "channel": offer.channel,
        "label": offer.label,
        "eligible": int(found.eligible[:, column].sum()),
        "planned": int(gets.sum()),
        "pieces": pieces,
        "capacity": None if np.isinf(offer.capacity) else int(offer.capacity),
        "cost_cents": round(float(cost[gets].sum())),
        "value_cents": round(float((uplift - cost)[gets].sum() + (decision.area_new.sum() if offer.by_area else 0.0))),
        "terms": dict(offer.terms),
        "coupons": [coupon.told() for coupon in offer.coupons],
        **_price(offer, pieces, float(cost[gets].sum())),
    }


def _price(offer: Offer, pieces: int, cost: float) -> dict[str, Any]:
    """At which step of price a run is made, and what of its cost is postage."""
    if offer.step is None:
        return {}
    setup = offer.setup_cents if pieces else 0.0
    production = pieces * offer.step.production
    most = None if np.isinf(offer.step_most) else int(offer.step_most)
    sums = {"setup_cents": round(setup), "production_cents": round(production)}
    sums["postage_cents"] = round(cost) - sum(sums.values())
    return {"price": {"product": offer.product, "step": price_steps.told(offer.step), "most": most} | sums}


def _opened(found: Candidates, decision: Decision) -> list[Any]:
    return [area for area, is_open in zip(found.areas, decision.opened_areas, strict=False) if is_open]


def area_rows(offers: list[Offer], found: Candidates, decision: Decision) -> list[dict[str, Any]]:
    gets = np.flatnonzero(decision.reached)
    sums = {
        name: np.bincount(found.area[gets], weights=amounts, minlength=len(found.areas))
        for name, amounts in (
            ("customers", np.ones(gets.size)),
            ("cost_cents", decision.area_cost[gets]),
            ("value_cents", (decision.area_uplift - decision.area_cost)[gets]),
        )
    }
    if decision.opened_areas.size == len(found.areas):
        sums |= {"new_cents": decision.area_new, "value_cents": sums["value_cents"] + decision.area_new}
    return [
        {"carrier": area.carrier, "code": area.code, "quantity": area.quantity}
        | {name: round(float(sum_[n])) for name, sum_ in sums.items()}
        for n, area in enumerate(found.areas)
        if n < decision.opened_areas.size and decision.opened_areas[n]
    ]


def _copy(plan: Plan, offers: list[Offer], found: Candidates, decision: Decision) -> None:
    filling.fill(TABLE, columns(plan.wave_id, offers, found, decision))
    analyze()


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


def copy_blocks(made: bytes) -> None:
    """Assignments that `filling.blocks` has made of `columns`."""
    filling.fill_blocks(TABLE, COLUMNS, [made])


def columns(wave_id: int, offers: list[Offer], found: Candidates, decision: Decision) -> dict[str, filling.Column]:
    """Of steering_assignment, by name. No contact is the last of the options."""
    everybody = np.zeros(len(found.customer_ids), dtype=np.int64)
    choice = np.where(decision.choice < 0, len(offers), decision.choice)
    return {
        "wave_id": Repeated([filling.bigint(wave_id)], everybody),
        "customer_id": found.customer_ids,
        "option_id": Repeated([*(filling.bigint(offer.option_id) for offer in offers), None], choice),
        "channel": Repeated([*(filling.text(offer.channel) for offer in offers), b""], choice),
        "is_holdout": found.is_holdout,
        "is_exploration": decision.is_exploration,
        "propensity": np.ma.masked_invalid(decision.propensity),
        "channel_propensity": np.ma.masked_invalid(decision.channel_propensity),
        "uplift_cents": np.round(decision.uplift, 4),
        "cost_cents": np.round(decision.cost, 4),
        "has_leaflet_on_top": decision.on_top,
        "on_top_cost_cents": np.round(np.where(decision.on_top, decision.area_cost, 0.0), 4),
        "eligible": _eligible(offers, found.eligible),
        "decided_at": Repeated([filling.moment(timezone.now())], everybody),
    }


def _eligible(offers: list[Offer], eligible: np.ndarray) -> Repeated:
    """Options repeat from customer to customer, so each combination is written out once."""
    which = np.zeros(len(eligible), dtype=np.int64)
    for first in range(0, len(offers), BITS):
        some = eligible[:, first : first + BITS]
        which = np.unique(which << BITS | some @ (1 << np.arange(some.shape[1])), return_inverse=True)[1]
    rows = np.unique(which, return_index=True)[1]
    ids = np.array([offer.option_id for offer in offers])
    return Repeated([filling.bigint_array(ids[may].tolist()) for may in eligible[rows]], which)
