"""What the campaign added where whole areas are held out: pair by pair, of all who live there, new customers included.

Two comparisons. Of all pairs: what the campaign did, leaflets or not. Of pairs in which the plan wanted leaflets for both
areas: what leaflets add where they are sent. Which of a pair is held out is chance in both.
"""

from dataclasses import dataclass

import numpy as np

from campaigns.areas.living import EVERYWHERE
from steering import streaming

from .paired import Paired, compared
from .scope import COUPONS, Scope

# By wave and pair: margin of all residents and cost, per household that takes leaflets. A purchase counts for the newest wave.
# Costs are summed up by wave and area before areas are compared: joined by the wave alone, each dispatch would meet every area.
# Of whichever carrier the areas are: a campaign may buy another's by now.
AREAS = f"""
    WITH counting AS (
        SELECT w.id, coalesce(w.arrives_at, w.started_at) AS from_at FROM campaigns_wave w WHERE w.id = ANY(%(waves)s)
    ), waves AS (
        SELECT w.id, w.from_at,
               least(w.from_at + %(days)s * interval '1 day', %(as_of)s, lead(w.from_at) OVER (ORDER BY w.from_at, w.id)) AS until_at
        FROM counting w
    ), compared AS (
        SELECT w.id AS wave_id, w.from_at, w.until_at, p.area_id, p.pair, p."group", p.wanted, p.quantity
        FROM waves w JOIN steering_plan plan ON plan.wave_id = w.id JOIN steering_planarea p ON p.plan_id = plan.id
        WHERE p."group" <> '' AND p.pair IS NOT NULL AND p.quantity > 0
    ), residents AS (
        SELECT DISTINCT l.area_id, c.id, c.customer_since_on
        FROM {EVERYWHERE} l JOIN campaigns_customer c ON c.household_id = l.household_id
        WHERE l.area_id IN (SELECT area_id FROM compared)
    ), bought AS (
        SELECT k.wave_id, k.area_id, sum(coalesce(nullif(e.value_cents, 0), %(goal_value)s))::float8 AS cents
        FROM compared k JOIN residents r ON r.area_id = k.area_id
        JOIN campaigns_event e ON e.customer_id = r.id AND e.kind = %(goal)s
             AND e.occurred_at > k.from_at AND e.occurred_at <= k.until_at
        GROUP BY 1, 2
    ), arrived AS (
        SELECT k.wave_id, k.area_id, count(*)::float8 AS people FROM compared k JOIN residents r ON r.area_id = k.area_id
             AND r.customer_since_on > k.from_at::date AND r.customer_since_on <= k.until_at::date
        GROUP BY 1, 2
    ), paid AS (
        SELECT a.wave_id, r.area_id,
               sum(CASE WHEN d.option_id = a.option_id THEN a.cost_cents - a.on_top_cost_cents ELSE a.on_top_cost_cents END)::float8 AS cents
        FROM residents r JOIN steering_assignment a ON a.customer_id = r.id AND a.wave_id = ANY(%(waves)s)
        JOIN channels_dispatch d ON d.wave_id = a.wave_id AND d.customer_id = a.customer_id AND d.state = ANY(%(out)s)
        GROUP BY 1, 2
    ), redeemed AS (
        SELECT c.wave_id, r.area_id, sum(c.cents)::float8 AS cents
        FROM ({{coupons}}) c JOIN residents r ON r.id = c.customer_id
        GROUP BY 1, 2
    )
    SELECT k.wave_id, k.pair, (k."group" = 'holdout')::int AS is_held, k.wanted::int AS wanted, k.quantity,
           coalesce(b.cents, 0) AS sales, coalesce(n.people, 0) AS arrived, coalesce(p.cents, 0) + coalesce(c.cents, 0) AS cost
    FROM compared k
    LEFT JOIN bought b USING (wave_id, area_id) LEFT JOIN arrived n USING (wave_id, area_id)
    LEFT JOIN paid p USING (wave_id, area_id) LEFT JOIN redeemed c USING (wave_id, area_id)
    ORDER BY k.wave_id, k.pair, is_held
"""  # noqa: S608 - our own
COLUMNS = {
    "wave_id": "i8", "pair": "i8", "is_held": "i2", "wanted": "i2", "quantity": "f8", "sales": "f8", "arrived": "f8",
    "cost": "f8",
}  # fmt: skip
ALL, LEAFLETS = "all pairs", "pairs in which leaflets were wanted"


@dataclass(frozen=True)
class AreaLift:
    """Treated areas against those held out, per 1,000 households that take leaflets."""

    of: str  # ALL or LEAFLETS
    margin_cents: Paired  # after the cost of contacts and of redeemed coupons
    new_customers: Paired


def area_lift(scope: Scope, *, out_states: tuple[str, ...]) -> tuple[AreaLift, ...]:
    """Comparisons with enough pairs."""
    sql, params = AREAS.format(coupons=COUPONS), scope.params | {"out": list(out_states)}
    rows = np.concatenate(list(streaming.stream(sql, params, COLUMNS)))
    treated, held = _in_pairs(rows)
    margin_share = float(scope.campaign.margin_share)
    is_wanted = (treated["wanted"] == 1) & (held["wanted"] == 1)
    made = [
        (ALL, _lift(ALL, treated, held, margin_share)),
        (LEAFLETS, _lift(LEAFLETS, treated[is_wanted], held[is_wanted], margin_share)),
    ]
    return tuple(lift for _, lift in made if lift is not None)


def _in_pairs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The treated and the held-out area of each wave and pair that has both."""
    treated, held = rows[rows["is_held"] == 0], rows[rows["is_held"] == 1]
    keys = [
        np.stack([some["wave_id"].astype(np.int64), some["pair"].astype(np.int64)], axis=1) for some in (treated, held)
    ]
    place = {tuple(key): number for number, key in enumerate(keys[1].tolist())}
    both = [(n, place[tuple(key)]) for n, key in enumerate(keys[0].tolist()) if tuple(key) in place]
    first, second = np.array(both, dtype=np.int64).reshape(-1, 2).T
    return treated[first], held[second]


def _lift(of: str, treated: np.ndarray, held: np.ndarray, margin_share: float) -> AreaLift | None:
    """A pair in several waves is one pair: chance drew it once."""
    _, pair = np.unique(treated["pair"], return_inverse=True)
    households = [np.bincount(pair, weights=some["quantity"].astype(float)) for some in (treated, held)]
    weights = 2 / (1 / households[0] + 1 / households[1]) if len(pair) else np.empty(0)

    def per_thousand(amounts: list[np.ndarray]) -> Paired | None:
        rates = [np.bincount(pair, weights=some) / size for some, size in zip(amounts, households, strict=True)]
        return compared(1000 * (rates[0] - rates[1]), weights)

    margin = per_thousand([some["sales"] * margin_share - some["cost"] for some in (treated, held)])
    new = per_thousand([some["arrived"].astype(float) for some in (treated, held)])
    return None if margin is None or new is None else AreaLift(of, margin, new)
