"""What the variants of an option brought, wave by wave: one statement, however many customers.

Counted is who got something: what was stopped before it left says nothing about what it would have said. With fixed shares
a customer stays with a variant, so each counts once, with the first message; where shares are drawn anew in each wave, each
time counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from campaigns.models import Comparison, Sharing

# The goal window begins with the wave, or with its day of arrival; of an open one, to which customers come one by one, with their own dispatch.
TALLIES = """
    WITH got AS (
        SELECT {once} d.customer_id, d.wave_id, d.variant,
               CASE WHEN w.open_until_at IS NULL THEN coalesce(w.arrives_at, w.started_at) ELSE d.created_at END AS from_at
        FROM channels_dispatch d JOIN campaigns_wave w ON w.id = d.wave_id
        WHERE d.option_id = %(option)s AND d.variant > 0 AND w.started_at <= %(now)s
          AND d.wave_id IN (SELECT wave_id FROM campaigns_wavecontent WHERE option_id = %(option)s AND variant > 0)
          AND d.state IN ('sent', 'delivered', 'handed_over', 'bounced', 'uncertain', 'sending')
        {order}
    ), brought AS (
        SELECT g.wave_id, g.variant, (e.goals > 0)::int AS hit, e.cents
        FROM got g CROSS JOIN LATERAL (
            SELECT count(*) AS goals, coalesce(sum(coalesce(nullif(e.value_cents, 0), %(goal_value)s)), 0)::float8 AS cents
            FROM campaigns_event e
            WHERE e.customer_id = g.customer_id AND e.kind = %(goal)s AND e.occurred_at > g.from_at
              AND e.occurred_at <= least(g.from_at + %(days)s * interval '1 day', %(now)s)
        ) e
    )
    SELECT wc.wave_id, w.number, coalesce(w.open_until_at, w.started_at), wc.variant, wc.share,
           count(b.hit), coalesce(sum(b.hit), 0), coalesce(sum(b.cents), 0), coalesce(sum(b.cents * b.cents), 0)
    FROM campaigns_wavecontent wc JOIN campaigns_wave w ON w.id = wc.wave_id
    LEFT JOIN brought b ON b.wave_id = wc.wave_id AND b.variant = wc.variant
    WHERE wc.option_id = %(option)s AND wc.variant > 0 AND w.started_at <= %(now)s
    GROUP BY 1, 2, 3, 4, 5 ORDER BY w.number, wc.variant
"""
ONCE = "DISTINCT ON (d.customer_id)"
FIRST = "ORDER BY d.customer_id, w.started_at, w.id"


@dataclass(frozen=True)
class Tally:
    """One variant in one wave."""

    wave_id: int
    wave_number: int
    variant: int
    share: float  # the probability with which a customer of the option got it
    customers: int
    hits: int  # of them, who reached the goal in time
    cents: float  # what their goals were worth, in sales
    cents_squared: float  # sum over customers
    is_over: bool  # the days on which goals count


def of_option(comparison: Comparison, *, now: datetime) -> list[Tally]:
    """By wave, then variant; waves that have started."""
    campaign = comparison.option.campaign
    is_fixed = comparison.sharing == Sharing.FIXED
    sql = TALLIES.format(once=ONCE if is_fixed else "", order=FIRST if is_fixed else "")
    params = {
        "option": comparison.option_id,
        "goal": campaign.goal_event,
        "goal_value": campaign.goal_value_cents,
        "days": campaign.goal_days,
        "now": now,
    }
    window = timedelta(days=campaign.goal_days)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [
            Tally(wave_id, number, variant, share, *map(int, counts[:2]), *counts[2:], is_over=began + window <= now)
            for wave_id, number, began, variant, share, *counts in cursor.fetchall()
        ]
