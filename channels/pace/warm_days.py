"""A wave from a sender that warms up, laid over the days of its plan: the most engaged people on the first day.

Only where the plan holds whatever provider sends; else others may have room, and `admit` alone decides.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from ..models import WarmUp, WarmUpDay
from .draws import uniform
from .engagement import ENGAGED, MAY_GO
from .warm_up import most_on

Day = tuple[datetime, int]  # when it begins, and the most that may go on it
# Two dispatches of one day are a millisecond apart, so that the claim keeps their order.
PARTS = f"""
    {ENGAGED}, ranked AS (
        SELECT p.customer_id, p.channel,
               row_number() OVER (PARTITION BY p.channel ORDER BY coalesce(n.answers, 0) DESC,
                                  {uniform(0, of="p.customer_id")}, p.customer_id) - 1 AS place
        FROM planned p LEFT JOIN engaged n USING (customer_id)
        WHERE {MAY_GO.format(channels="%(pace_warm_channels)s")}
    ), days AS (
        SELECT channel, starts_at, sum(most) OVER w - most AS first, sum(most) OVER w AS after
        FROM unnest(%(pace_warm_channels)s::text[], %(pace_warm_starts)s::timestamptz[], %(pace_warm_most)s::bigint[])
             AS d (channel, starts_at, most)
        WINDOW w AS (PARTITION BY channel ORDER BY starts_at)
    ), spread AS (
        SELECT r.customer_id, r.channel, d.starts_at + (r.place - d.first) * interval '1 millisecond' AS due_at,
               NULL::int AS hour, NULL::float8 AS propensity, NULL::boolean AS is_explored
        FROM ranked r JOIN days d ON d.channel = r.channel AND r.place >= d.first AND r.place < d.after
    )"""  # noqa: S608
WITHOUT_END = 2**40  # after the plan's last day there is no limit


def of_channels(channels: Sequence[str], from_at: datetime) -> dict[str, list[Day]]:
    """The days of the plans in force, by channel."""
    plans = WarmUp.objects.filter(is_active=True, provider="", channel__in=channels)
    return {plan.channel: days for plan in plans if (days := _days(plan, from_at))}


def params(days: Mapping[str, Sequence[Day]]) -> dict[str, Any]:
    rows = [(channel, *day) for channel, of_channel in days.items() for day in of_channel]
    channels, starts, most = (list(column) for column in zip(*rows, strict=True))
    return {"pace_warm_channels": channels, "pace_warm_starts": starts, "pace_warm_most": most}


def _days(plan: WarmUp, from_at: datetime) -> list[Day]:
    """Today with what is left of it, the days that follow, and the first without a limit. None: the plan is over."""
    today = timezone.localdate(from_at)
    last = plan.starts_on + timedelta(days=len(plan.per_day))
    if today >= last or today < plan.starts_on:
        return []
    taken = WarmUpDay.objects.filter(warm_up=plan, on=today).values_list("taken", flat=True).first() or 0
    left = max(0, (most_on(plan, today) or 0) - taken)
    dates = [today + timedelta(days=number) for number in range(1, (last - today).days)]
    return [(from_at, left), *((_midnight(on), most_on(plan, on) or 0) for on in dates), (_midnight(last), WITHOUT_END)]


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))
