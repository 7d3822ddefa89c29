"""Sum over states = plan: of everybody planned exactly one dispatch in exactly one state, holdout counted beside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from channels import registry
from channels.models import DispatchState

# A leaflet on top of another message is a dispatch of its own. A wave of the past, whose plan is not ours, has no row here.
SUMS = """
    WITH planned AS (
        SELECT p.wave_id, coalesce(a.contacts, 0) AS contacts, coalesce(a.holdout, 0) AS holdout
        FROM steering_plan p JOIN campaigns_wave w ON w.id = p.wave_id
        LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE a.option_id IS NOT NULL)
                   + count(*) FILTER (WHERE a.has_leaflet_on_top) * (
                       SELECT count(*) FROM campaigns_option o
                       WHERE o.campaign_id = w.campaign_id AND o.channel = ANY(%(by_area)s)) AS contacts,
                   count(*) FILTER (WHERE a.is_holdout) AS holdout
            FROM steering_assignment a WHERE a.wave_id = p.wave_id
        ) a ON true
        WHERE w.state = ANY(%(begun)s) AND (%(wave)s::bigint IS NULL OR w.id = %(wave)s)
    ), counted AS (
        SELECT d.wave_id, d.state, count(*) AS number FROM channels_dispatch d JOIN planned USING (wave_id) GROUP BY 1, 2
    )
    SELECT p.wave_id, p.contacts, p.holdout, coalesce(jsonb_object_agg(c.state, c.number) FILTER (WHERE c.state <> ''), '{}')::text
    FROM planned p LEFT JOIN counted c USING (wave_id) GROUP BY 1, 2, 3 ORDER BY 1
"""


@dataclass(frozen=True)
class Sums:
    """Of one wave that has begun."""

    wave_id: int
    planned: int  # dispatches that the plan asks for
    holdout: int  # planned to get nothing
    states: Mapping[str, int]

    @property
    def in_ledger(self) -> int:
        return sum(self.states.values())

    @property
    def add_up(self) -> bool:
        return self.planned == self.in_ledger and set(self.states) <= set(DispatchState.values)


def of_waves(wave_id: int | None = None) -> list[Sums]:
    """Of every wave whose dispatches were made, or of one; those that do not add up are the dashboard's concern."""
    by_area = [channel.name for channel in registry.every() if channel.reach.decided_by_area]
    params = {"wave": wave_id, "by_area": by_area, "begun": ["running", "paused", "completed"]}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, params)
        return [
            Sums(wave, planned, holdout, json.loads(states)) for wave, planned, holdout, states in cursor.fetchall()
        ]
