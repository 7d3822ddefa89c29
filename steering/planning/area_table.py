"""What a plan found of every delivery area, opened or not, as columns; shards that decide apart tell theirs as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from channels.direct_post.spread import STORES
from steering import filling
from steering.areas import features
from steering.areas.pairing import Pairs
from steering.filling import Repeated
from steering.models import AreaGroup, Plan
from steering.targeting import weeks

from .candidates import Candidates
from .deciding import Decision
from .options import Offer, PlanningError, area_column

TABLE = "steering_planarea"
Columns = Mapping[str, list[Any]]
NUMBERS = ("area", "customers", "quantity")
AMOUNTS = ("expected_customer_value", "expected_new_value", "cost", "chance")
MARKS = ("chosen", "wanted")


def told(offers: list[Offer], found: Candidates, decision: Decision) -> Columns:
    """Lists by name, one place for each of `found.areas`; empty where nothing is bought by area."""
    leaflet = area_column(offers)
    if leaflet is None or not found.areas:
        return {}
    inside = np.flatnonzero(found.eligible[:, leaflet] & (found.area >= 0))
    area, areas = found.area[inside], len(found.areas)
    columns = {
        "area": np.array([one.pk for one in found.areas]),
        "customers": np.bincount(area, minlength=areas),
        "quantity": np.array([one.quantity for one in found.areas]),
        "expected_customer_value": np.bincount(area, weights=found.uplift[inside, leaflet], minlength=areas),
        "expected_new_value": found.new_values,
        "cost": decision.area_costs,
        "chance": decision.area_chance,
        "chosen": decision.opened_areas,
        "wanted": decision.wanted_areas,
    }
    listed = {name: column.tolist() for name, column in columns.items()}
    return listed | {"chance": [None if chance != chance else chance for chance in listed["chance"]]}  # JSON has no NaN


def joined(parts: Sequence[Columns]) -> Columns:
    """Of several shards."""
    parts = [part for part in parts if part]
    return {name: [one for part in parts for one in part[name]] for name in parts[0]} if parts else {}


def write(plan: Plan, offers: list[Offer], columns: Columns) -> None:
    """One row an area; who is compared with whom, and the week of each that is chosen."""
    leaflet = area_column(offers)
    if leaflet is None or not columns:
        return
    arrays = {name: np.array(column, dtype=np.float64 if name in AMOUNTS else None) for name, column in columns.items()}
    order = np.argsort(arrays["area"])
    arrays = {name: array[order] for name, array in arrays.items()}
    count = len(order)
    one = np.zeros(count, dtype=np.int64)
    filling.fill(
        TABLE,
        {
            "plan_id": Repeated([filling.bigint(plan.pk)], one),
            "area_id": arrays["area"].astype(np.int64),
            "option_id": Repeated([filling.bigint(offers[leaflet].option_id)], one),
            **{name: arrays[name].astype(np.int32) for name in NUMBERS[1:]},
            **{name: np.ma.masked_invalid(np.round(arrays[name], 6)) for name in AMOUNTS},
            **{name: arrays[name].astype(bool) for name in MARKS},
            "week": _weeks(plan, offers[leaflet], arrays),
            **_pairs(plan, arrays["area"].astype(np.int64)),
        },
    )


def _pairs(plan: Plan, area_ids: np.ndarray) -> dict[str, Any]:
    pairs = Pairs(plan.wave.campaign)
    place, is_known = pairs.of(area_ids)
    if not is_known.any():
        groups, number = np.zeros(area_ids.size, dtype=np.int64), np.ma.masked_all(area_ids.size, dtype=np.int32)
    else:
        is_compared, is_held = is_known & pairs.is_compared[place], is_known & pairs.is_held[place]
        groups = np.where(is_held, 2, np.where(is_compared, 1, 0))
        number = np.ma.masked_array(pairs.number[place].astype(np.int32), mask=~is_known)
    names = [filling.text(name) for name in (AreaGroup.NONE, AreaGroup.TREATED, AreaGroup.HOLDOUT)]
    return {"group": Repeated(names, groups), "pair": number}


def _weeks(plan: Plan, offer: Offer, arrays: Mapping[str, np.ndarray]) -> np.ma.MaskedArray:
    """(areas,) masked where nothing is delivered; the first week is that in which the wave starts."""
    spread, chosen = offer.spread, arrays["chosen"].astype(bool)
    number = np.ones(chosen.size, dtype=np.int64)
    if not spread.is_at_once and chosen.any():
        quantity = arrays["quantity"][chosen].astype(float)
        if spread.how == "even":
            number[chosen] = weeks.evenly(quantity, spread.weeks, seed=plan.seed)
        else:
            _, _, *places = features.places(arrays["area"][chosen])
            number[chosen] = weeks.by_stores(quantity, tuple(places), features.open_stores(), spread.weeks)
    return np.ma.masked_array(number.astype(np.int16), mask=~chosen)


def refuse_spread(offers: list[Offer], *, goal_days: int) -> None:
    """Raises PlanningError where leaflets would come after all that counts, or around stores that there are not."""
    leaflet = area_column(offers)
    if leaflet is not None and offers[leaflet].spread.how == STORES and not features.open_stores()[0].size:
        raise PlanningError(
            "leaflets are to go out around stores, but there is no open store: enter stores, or spread evenly"
        )
    if leaflet is not None and 7 * (offers[leaflet].spread.weeks - 1) >= goal_days:
        raise PlanningError(
            f"leaflets over {offers[leaflet].spread.weeks} weeks need a goal window of more than"
            f" {7 * (offers[leaflet].spread.weeks - 1)} days; the campaign counts {goal_days}"
        )
