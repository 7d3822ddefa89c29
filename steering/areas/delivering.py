"""The weeks of a plan's areas become dates when its wave starts, and what is ordered by area waits for them."""

from datetime import datetime

from django.utils import timezone

from campaigns.areas import living
from campaigns.models import Wave
from channels import ledger, registry
from channels.direct_post import spread
from channels.ledger.sql import count

from .pairing import Pairs

# Also areas in which nobody was planned for: somebody may move there before the order is made. What was planned holds,
# should the holdout's share have been changed since.
HOLD = """
    WITH held AS (
        INSERT INTO campaigns_heldarea (wave_id, area_id)
        SELECT %(wave)s, area_id FROM unnest(%(areas)s::bigint[]) AS area_id
        WHERE area_id NOT IN (SELECT p.area_id FROM steering_planarea p JOIN steering_plan plan ON plan.id = p.plan_id
                              WHERE plan.wave_id = %(wave)s AND p.chosen)
        ON CONFLICT (wave_id, area_id) DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM held
"""
# The first week is that in which the wave starts.
WEEKS = """
    WITH written AS (
        INSERT INTO campaigns_areaweek (wave_id, area_id, week_on)
        SELECT %(wave)s, p.area_id, date_trunc('week', %(on)s::date)::date + 7 * (p.week - 1)
        FROM steering_planarea p JOIN steering_plan plan ON plan.id = p.plan_id
        WHERE plan.wave_id = %(wave)s AND p.chosen AND p.option_id = %(option)s AND p.week IS NOT NULL
        ON CONFLICT (wave_id, area_id) DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM written
"""


def begin(wave: Wave, now: datetime) -> int:
    """Called in the transaction that starts the wave, when its dispatches are there; returns how many of them wait.

    Areas that are held out are written down, so that nothing is ordered for them.
    """
    by_area = [channel.name for channel in registry.every() if channel.reach.decided_by_area]
    waiting = 0
    for option in wave.campaign.options.filter(channel__in=by_area):
        pairs = Pairs(wave.campaign)
        count(HOLD, {"wave": wave.pk, "areas": pairs.area_ids[pairs.is_held].tolist()})
        wanted = spread.of(option.settings)
        if wanted.is_at_once:
            continue
        count(WEEKS, {"wave": wave.pk, "option": option.pk, "on": timezone.localtime(now).date()})
        waiting += ledger.wait_for_weeks(
            wave.pk,
            channels=[option.channel],
            days_ahead=wanted.days_ahead,
            carrier=living.carrier_of(option.settings),
        )
    return waiting
