"""What became of areas in waves of the past: which got the leaflet, with which chance, and how many new customers came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from campaigns.areas.living import EVERYWHERE
from campaigns.models import Wave, WaveState
from channels.ledger.sql import rows as fetched
from steering import streaming
from steering.targeting.observed import Observed

from . import features

MOST_WAVES = 24  # the newest
# Whoever became a customer within the goal window and lives there, whatever made them.
OUTCOMES = f"""
    WITH arrived AS (
        SELECT l.area_id, count(*)::float8 AS people
        FROM campaigns_customer c JOIN {EVERYWHERE} l ON l.household_id = c.household_id
        WHERE c.customer_since_on > %(from)s::date AND c.customer_since_on <= %(until)s::date
        GROUP BY 1
    )
    SELECT p.area_id AS id, bool_or(p.chosen)::int AS treated, coalesce(sum(p.chance), 'NaN') AS chance,
           coalesce(max(a.people), 0) AS arrived
    FROM steering_planarea p JOIN steering_plan plan ON plan.id = p.plan_id
    LEFT JOIN arrived a ON a.area_id = p.area_id
    WHERE plan.wave_id = %(wave)s
    GROUP BY p.area_id ORDER BY p.area_id
"""  # noqa: S608 - our own
COLUMNS = {"id": "i8", "treated": "i2", "chance": "f8", "arrived": "f8"}
WORTH = """
    WITH counting AS (
        SELECT g.goal_event, g.goal_value_cents, coalesce(w.arrives_at, w.started_at) AS from_at,
               coalesce(w.arrives_at, w.started_at) + g.goal_days * interval '1 day' AS until_at
        FROM campaigns_wave w JOIN campaigns_campaign g ON g.id = w.campaign_id WHERE w.id = ANY(%(waves)s)
    )
    SELECT count(DISTINCT c.id), coalesce(sum(coalesce(nullif(e.value_cents, 0), w.goal_value_cents)), 0)::float8
    FROM counting w
    JOIN campaigns_customer c ON c.customer_since_on > w.from_at::date AND c.customer_since_on <= w.until_at::date
    LEFT JOIN campaigns_event e ON e.customer_id = c.id AND e.kind = w.goal_event
         AND e.occurred_at > w.from_at AND e.occurred_at <= w.until_at
"""
USUAL = """
    SELECT coalesce(avg(value_cents), 0)::float8 FROM (
        SELECT value_cents FROM campaigns_event
        WHERE kind = 'purchased' AND value_cents > 0 AND occurred_at <= %(as_of)s ORDER BY occurred_at DESC LIMIT 20000
    ) newest
"""
ENOUGH = 30  # new customers, from whom on what they bring is known from themselves


@dataclass(frozen=True, eq=False)
class Past:
    names: Sequence[str]
    observed: Observed
    wave_ids: Sequence[int]
    new_customer_cents: float  # sales of the goal window


def read(*, as_of_at: datetime) -> Past:
    """Of all waves whose goal window was over by then. Memory: one row an area and wave, of the newest MOST_WAVES."""
    names = features.known_names()
    waves = _over(as_of_at)
    parts = [part for wave in waves if (part := _of_wave(wave, names)) is not None]
    nothing = Observed(
        np.empty((0, len(names))),
        np.empty(0),
        np.empty(0),
        np.empty(0, dtype=bool),
        np.empty(0),
        np.empty(0, dtype=int),
    )
    columns = Observed.__dataclass_fields__
    observed = Observed(*(np.concatenate([getattr(part, name) for part in (nothing, *parts)]) for name in columns))
    wave_ids = [wave.pk for wave in waves]
    return Past(names, observed, wave_ids, _worth(wave_ids, as_of_at))


def has_news(since_at: datetime | None, *, as_of_at: datetime) -> bool:
    """Whether the goal window of any wave with areas has ended by then, since a moment if there is one."""
    return any(since_at is None or _until(wave) > since_at for wave in _over(as_of_at))


def _over(as_of_at: datetime) -> list[Wave]:
    """Oldest first. Of a wave that was cancelled nobody knows which areas got what was planned."""
    waves = (
        Wave.objects.filter(started_at__lte=as_of_at, plan__area_rows__isnull=False)
        .exclude(state=WaveState.CANCELLED).select_related("campaign").distinct().order_by("-started_at", "-id")
    )  # fmt: skip
    newest = [wave for wave in waves if _until(wave) <= as_of_at]
    return newest[:MOST_WAVES][::-1]


def _until(wave: Wave) -> datetime:
    return wave.counts_from_at + timedelta(days=wave.campaign.goal_days)


def _of_wave(wave: Wave, names: Sequence[str]) -> Observed | None:
    params = {"wave": wave.pk, "from": wave.counts_from_at, "until": _until(wave)}
    rows = np.concatenate(list(streaming.stream(OUTCOMES, params, COLUMNS)))
    ids = rows["id"].astype(np.int64)
    if not ids.size:
        return None
    known = features.read(names, as_of_at=wave.started_at, area_ids=ids.tolist())
    arrived, treated, chance = (rows[name].astype(float) for name in ("arrived", "treated", "chance"))
    return Observed(known.values, known.quantity, arrived, treated > 0, chance, ids)


def _worth(wave_ids: list[int], as_of_at: datetime) -> float:
    [(people, cents)] = fetched(WORTH, {"waves": wave_ids})
    if people >= ENOUGH and cents > 0:
        return cents / people
    return float(fetched(USUAL, {"as_of": as_of_at})[0][0])
