"""What the campaign added: everybody whom it could have contacted, against those held out for exactly this comparison.

Intention to treat: whoever was planned for no contact, or did not get what was planned, still counts with the steered, so
nothing is chosen after the fact. What is held out as a whole (a customer, or a delivery area) is one draw, so the
intervals are those of a ratio of sums over such units (Cochran, Sampling Techniques, ch. 6), with Student's t for few.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # which loads its parts when they are asked for

from campaigns.areas import living
from steering import holdout, streaming
from steering.areas import carriers

from .scope import COUPONS, GOALS, Scope

# A customer in several waves is one person in the comparison, with all that the goal windows brought and cost.
CUSTOMERS = """
    WITH goals AS ({goals}), bought AS (
        SELECT customer_id, sum(cents) AS cents FROM goals GROUP BY customer_id
    ), included AS (
        SELECT customer_id, bool_or(is_holdout) AS is_holdout, count(*) AS waves
        FROM steering_assignment WHERE wave_id = ANY(%(waves)s) GROUP BY customer_id
    ), paid AS (
        SELECT a.customer_id,
               sum(CASE WHEN d.option_id = a.option_id THEN a.cost_cents - a.on_top_cost_cents ELSE a.on_top_cost_cents END) AS cents
        FROM steering_assignment a
        JOIN channels_dispatch d ON d.wave_id = a.wave_id AND d.customer_id = a.customer_id AND d.state = ANY(%(out)s)
        WHERE a.wave_id = ANY(%(waves)s) GROUP BY a.customer_id
    ), redeemed AS (
        SELECT customer_id, sum(cents) AS cents FROM ({coupons}) coupons GROUP BY customer_id
    )
    SELECT i.customer_id, coalesce(l.area_id, -1) AS area, i.is_holdout::int AS is_holdout,
           coalesce(b.cents, 0) AS value, (b.cents IS NOT NULL)::int AS bought, coalesce(p.cents, 0) + coalesce(r.cents, 0) AS cost
    FROM included i
    JOIN campaigns_customer c ON c.id = i.customer_id
    LEFT JOIN {living} l ON l.household_id = c.household_id
    LEFT JOIN bought b ON b.customer_id = i.customer_id
    LEFT JOIN paid p ON p.customer_id = i.customer_id
    LEFT JOIN redeemed r ON r.customer_id = i.customer_id
"""
COLUMNS = {"customer_id": "i8", "area": "i8", "is_holdout": "i2", "value": "f8", "bought": "i2", "cost": "f8"}
LEVEL = 0.95
FEWEST_UNITS = 2


@dataclass(frozen=True)
class Interval:
    """The true value lies between low and high in 95 of 100 cases."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Lift:
    """Steered customers against the holdout."""

    treated: int
    holdout: int
    treated_rate: float  # share who reached the goal
    holdout_rate: float
    rate: Interval  # difference of the two
    margin_cents: Interval  # added margin per steered customer, after the cost of contacts and of redeemed coupons


def lift(scope: Scope, *, by_area: bool, out_states: tuple[str, ...]) -> Lift | None:
    """None where one of the two groups is too small to compare."""
    lived_in, params = living.in_areas(carriers.of_campaign(scope.campaign.pk))
    sql, params = CUSTOMERS.format(goals=GOALS, coupons=COUPONS, living=lived_in), scope.params | params
    rows = np.concatenate(list(streaming.stream(sql, params | {"out": list(out_states)}, COLUMNS)))
    units = holdout.unit_of(rows["customer_id"].astype(np.int64), rows["area"].astype(np.int64), by_area=by_area)
    held = rows["is_holdout"] == 1
    bought = rows["bought"].astype(float)
    margin = rows["value"] * float(scope.campaign.margin_share) - rows["cost"]
    groups = [(units[group], bought[group], margin[group]) for group in (~held, held)]
    if any(np.unique(unit).size < FEWEST_UNITS for unit, _, _ in groups):
        return None
    (treated, treated_bought, treated_margin), (spared, spared_bought, spared_margin) = groups
    return Lift(
        treated=treated.size,
        holdout=spared.size,
        treated_rate=float(treated_bought.mean()),
        holdout_rate=float(spared_bought.mean()),
        rate=difference(treated, treated_bought, spared, spared_bought),
        margin_cents=difference(treated, treated_margin, spared, spared_margin),
    )


def difference(units: np.ndarray, values: np.ndarray, other_units: np.ndarray, other_values: np.ndarray) -> Interval:
    """Difference of two means per customer, customers drawn in units; 95 % by Welch's t."""
    first, second = _mean(units, values), _mean(other_units, other_values)
    estimate = first[0] - second[0]
    variance = first[1] + second[1]
    if variance <= 0:
        return Interval(estimate, estimate, estimate)
    freedom = variance**2 / sum(one[1] ** 2 / (one[2] - 1) for one in (first, second))
    half = float(scipy.special.stdtrit(freedom, (1 + LEVEL) / 2)) * variance**0.5
    return Interval(estimate, estimate - half, estimate + half)


def _mean(units: np.ndarray, values: np.ndarray) -> tuple[float, float, int]:
    """Mean per customer, its variance over the units, and how many units there are."""
    _, number = np.unique(units, return_inverse=True)
    sizes = np.bincount(number).astype(float)
    mean = float(values.mean())
    residuals = np.bincount(number, weights=values) - mean * sizes
    count = sizes.size
    return mean, float((residuals**2).sum() * count / (count - 1) / sizes.sum() ** 2), count
