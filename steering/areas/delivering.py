"""What a plan says of areas holds from the start of its wave on: which are opened, and in which week each gets its leaflets."""

from datetime import datetime

from django.utils import timezone

from campaigns.areas import living
from campaigns.models import Option, Wave
from channels import ledger, registry
from channels.direct_post import spread
from channels.ledger.sql import count

OPEN = """
    WITH opened AS (
        INSERT INTO campaigns_openedarea (wave_id, area_id)
        SELECT DISTINCT plan.wave_id, p.area_id
        FROM steering_planarea p JOIN steering_plan plan ON plan.id = p.plan_id
        WHERE plan.wave_id = %(wave)s AND p.chosen
        ON CONFLICT (wave_id, area_id) DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM opened
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

    The areas of the plan are written down, so that nothing is ordered elsewhere.
    """
    count(OPEN, {"wave": wave.pk})
    by_area = [channel.name for channel in registry.every() if channel.reach.decided_by_area]
    return sum(_wait(wave, option, now) for option in wave.campaign.options.filter(channel__in=by_area))


def _wait(wave: Wave, option: Option, now: datetime) -> int:
    wanted = spread.of(option.settings)
    if wanted.is_at_once:
        return 0
    count(WEEKS, {"wave": wave.pk, "option": option.pk, "on": timezone.localtime(now).date()})
    return ledger.wait_for_weeks(
        wave.pk,
        channels=[option.channel],
        days_ahead=wanted.days_ahead,
        carrier=living.carrier_of(option.settings),
    )
