"""What a plan says of areas holds from the start of its wave on: which are opened, and in which week each gets its leaflets."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from campaigns.areas import living
from campaigns.models import Option, Wave
from channels import ledger, postage, registry
from channels.direct_post import spread
from channels.direct_post.spread import Spread
from channels.ledger.sql import count
from channels.postage.lead_times import LeadTimes

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
WEEKS = """
    WITH written AS (
        INSERT INTO campaigns_areaweek (wave_id, area_id, week_on)
        SELECT %(wave)s, p.area_id, %(first_monday)s::date + 7 * (p.week - 1)
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
    times = postage.lead_times_of(option.settings)
    handed_over = timezone.localtime(now)
    if wave.arrives_on is not None:
        by = datetime.combine(times.hand_over_by(wave.arrives_on), time.min, handed_over.tzinfo)
        handed_over = max(handed_over, by)
    first = _first_monday(wave, times, handed_over)
    count(WEEKS, {"wave": wave.pk, "option": option.pk, "first_monday": first})
    return ledger.wait_for_weeks(
        wave.pk,
        channels=[option.channel],
        days_ahead=max(wanted.days_ahead, (first - handed_over.date()).days, *_needed(wanted, times, first)),
        carrier=living.carrier_of(option.settings),
    )


def _first_monday(wave: Wave, times: LeadTimes, handed_over: datetime) -> date:
    """Of the week in which the first leaflets can be there, or of the wave's day of arrival."""
    there = times.lead(handed_over).arrives_on
    first = there if wave.arrives_on is None else max(there, wave.arrives_on)
    return first - timedelta(days=first.weekday())


def _needed(wanted: Spread, times: LeadTimes, first: date) -> Iterator[int]:
    """Days before each Monday, so that what is handed over then is there by the end of its week."""
    for number in range(wanted.weeks):
        monday = first + timedelta(weeks=number)
        yield (monday - times.hand_over_by(monday + timedelta(days=6))).days
