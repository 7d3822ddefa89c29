"""Leaflets that are spread over weeks are due when the week of their area comes, and may wait as long as any from then on."""

from collections.abc import Collection

from django.conf import settings

from campaigns.areas import living
from campaigns.by_hash import by_hash

from .sql import count

WAIT = """
    WITH mine AS (
        SELECT d.id, (w.week_on::timestamp AT TIME ZONE %(zone)s) - %(ahead)s * interval '1 day' AS due_at
        FROM channels_dispatch d
        JOIN campaigns_customer c ON c.id = d.customer_id JOIN {living} l ON l.household_id = c.household_id
        JOIN campaigns_areaweek w ON w.wave_id = d.wave_id AND w.area_id = l.area_id
        WHERE d.wave_id = %(wave)s AND d.channel = ANY(%(channels)s) AND d.state = 'queued'
    ), moved AS (
        UPDATE channels_dispatch d SET due_at = m.due_at, deadline_at = d.deadline_at + (m.due_at - d.due_at)
        FROM mine m WHERE m.id = d.id AND m.due_at > d.due_at RETURNING d.id
    )
    SELECT count(*) FROM moved
"""


def wait_for_weeks(wave_id: int, *, channels: Collection[str], days_ahead: int = 0, carrier: str = "") -> int:
    """Within the transaction that made the dispatches, after the weeks were written; returns how many wait.

    `carrier` as campaigns.areas.living says.
    """
    lived_in, params = living.in_areas(carrier)
    params |= {"wave": wave_id, "channels": list(channels), "ahead": days_ahead, "zone": settings.TIME_ZONE}
    with by_hash():  # dispatches and weeks have just been written: row by row, each would go through all households
        return count(WAIT.format(living=lived_in), params)
