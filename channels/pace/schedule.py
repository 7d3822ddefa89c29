"""When each dispatch of a wave is due: one query around its plan, so that a wave is spread as it is made.

A campaign sends at once, evenly, or at each customer's best hour; only digital channels are spread. What is due outside
a customer's hours waits at the claim, so this need not be exact. Ties are broken, and chances drawn, by a hash of the
customer and the campaign's seed: the same plan is spread in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from campaigns.models import Campaign, Wave

from .. import registry
from ..models import CampaignPace, SendHours
from . import best_hour, evenly, opening, warm_days, zones

PLAIN = """
    SELECT p.*, %(pace_from)s::timestamptz AS due_at, NULL::int AS hour, NULL::float8 AS propensity, NULL::boolean AS is_explored
    FROM ({planned}) p"""
# A parameter of the plan may be named like one of ours, so all of ours begin with pace_.
SPREAD = """
    WITH planned AS MATERIALIZED ({planned}), {parts}
    SELECT p.*, coalesce(s.due_at, %(pace_from)s::timestamptz) AS due_at, s.hour, s.propensity, s.is_explored
    FROM planned p LEFT JOIN spread s ON s.customer_id = p.customer_id AND s.channel = p.channel"""
Spread = CampaignPace.Spread


@dataclass(frozen=True)
class Schedule:
    """SQL that gives a plan's rows with due_at, and where an hour was chosen, hour, propensity and is_explored."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    chooses_hours: bool = False


def of_wave(planned: str, *, wave_id: int, deadline_at: datetime, from_at: datetime | None = None) -> Schedule:
    """How a wave's plan, which selects customer_id, channel and barred among others, is spread from a moment on (now)."""
    wave = Wave.objects.select_related("campaign").get(pk=wave_id)
    from_at = from_at or _now()
    pace = CampaignPace.objects.filter(campaign=wave.campaign).first() or CampaignPace(campaign=wave.campaign)
    params = _params(wave, pace, from_at, deadline_at)
    parts = _parts(pace, wave.campaign, from_at, params)
    if not parts:
        return Schedule(PLAIN.format(planned=planned), params)
    return Schedule(SPREAD.format(planned=planned, parts=parts), params, chooses_hours=pace.spread == Spread.BEST_HOUR)


def _parts(pace: CampaignPace, campaign: Campaign, from_at: datetime, params: dict[str, Any]) -> str:
    """The queries before the last one, of which `spread` gives the due times. Empty: everything is due at once."""
    days = warm_days.of_channels(params["pace_digital"], from_at)
    if pace.spread == Spread.BEST_HOUR:
        return best_hour.PARTS
    if pace.spread == Spread.EVENLY:
        return evenly.parts(by_engagement=bool(days))
    if any(days.values()):
        params |= warm_days.params(days)
        return warm_days.PARTS
    hours = SendHours.objects.filter(Q(campaign=None) | Q(campaign=campaign))
    return opening.PARTS if hours.exists() else ""


def _params(wave: Wave, pace: CampaignPace, from_at: datetime, deadline_at: datetime) -> dict[str, Any]:
    """The hour begins anew for whoever is spread over hours; a wave is spread over a month at most."""
    return zones.params() | {
        "pace_from": from_at,
        "pace_until": min(deadline_at, from_at + timedelta(days=31)),
        "pace_deadline": deadline_at,
        "pace_campaign": wave.campaign_id,
        "pace_digital": [channel.name for channel in registry.every() if not channel.reach.needs_household],
        "pace_per_hour": pace.per_hour,
        "pace_share": float(pace.exploration_share),
        "pace_seed": (wave.campaign.seed << 24) + (wave.number << 4),
    }


def _now() -> datetime:
    """As the claim will see it: the database's time of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]
