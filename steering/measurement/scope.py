"""Which waves are measured, and what counts as brought by them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Campaign, Wave
from channels.ledger.sql import rows

# Goal events within the goal window of each wave; an event belongs to the newest wave that the customer was in before it.
# In an open wave everybody begins with their own decision.
GOALS = """
    SELECT DISTINCT ON (e.id) e.id, a.wave_id, a.customer_id, e.occurred_at, e.is_online, e.medium,
           coalesce(nullif(e.value_cents, 0), %(goal_value)s) AS cents
    FROM campaigns_wave w
    JOIN steering_assignment a ON a.wave_id = w.id
    JOIN campaigns_event e ON e.customer_id = a.customer_id AND e.kind = %(goal)s
         AND e.occurred_at > CASE WHEN w.open_until_at IS NULL THEN coalesce(w.arrives_at, w.started_at) ELSE a.decided_at END
         AND e.occurred_at <= least(coalesce(w.arrives_at, w.started_at) + %(days)s * interval '1 day', %(as_of)s)
    WHERE w.id = ANY(%(waves)s)
    ORDER BY e.id, coalesce(w.arrives_at, w.started_at) DESC, w.id DESC
"""
# What coupons that answer these messages have cost until now, by wave and customer: what each redemption was worth to whom
# redeemed it. Where the till told no basket, the one that staff expect.
COUPONS = """
    SELECT d.wave_id, d.customer_id, sum(o.cost_cents + o.cost_share * coalesce(u.value_cents, o.expected_basket_cents)) AS cents
    FROM campaigns_couponuse u
    JOIN channels_dispatch d ON d.id = u.dispatch_id
    JOIN campaigns_offer o ON o.id = u.offer_id
    WHERE d.wave_id = ANY(%(waves)s) AND u.redeemed_at <= %(as_of)s
    GROUP BY d.wave_id, d.customer_id
"""


@dataclass(frozen=True)
class Scope:
    """Started waves of a campaign until a point in time; `params` are those of every query of this package."""

    campaign: Campaign
    wave_ids: tuple[int, ...]
    as_of_at: datetime

    @property
    def params(self) -> dict[str, Any]:
        return {
            "waves": list(self.wave_ids),
            "goal": self.campaign.goal_event,
            "goal_value": self.campaign.goal_value_cents,
            "days": self.campaign.goal_days,
            "as_of": self.as_of_at,
        }

    def rows(self, sql: str, **more: Any) -> list[tuple]:
        return rows(sql, self.params | more)


def of(campaign: Campaign, *, wave_id: int | None, as_of_at: datetime) -> Scope:
    waves = Wave.objects.filter(campaign=campaign, started_at__lte=as_of_at).order_by("id")
    if wave_id is not None:
        waves = waves.filter(pk=wave_id)
    return Scope(campaign, tuple(waves.values_list("id", flat=True)), as_of_at)
