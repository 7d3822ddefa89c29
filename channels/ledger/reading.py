"""What the ledger says of waves and channels."""

from ..models import FINAL_STATES
from .sql import rows
from .stopping import NOT_STOPPED

DUE = """
    SELECT c.channel, sum(due.number)::bigint
    FROM (SELECT DISTINCT w.id, o.channel FROM campaigns_wave w JOIN campaigns_option o ON o.campaign_id = w.campaign_id
          WHERE w.state = 'running' AND {not_stopped}) c
    CROSS JOIN LATERAL (SELECT count(*) AS number FROM (
        SELECT FROM channels_dispatch d WHERE d.wave_id = c.id AND d.channel = c.channel AND d.state = 'queued'
        AND d.due_at <= now() AND d.deadline_at > now() LIMIT %s) d) due
    GROUP BY 1 HAVING sum(due.number) > 0 ORDER BY 1
"""


def due_channels(*, most: int = 1) -> dict[str, int]:
    """Channels on which running waves have something due now, and how much, counted up to `most` a wave."""
    return dict(rows(DUE.format(not_stopped=NOT_STOPPED), [most]))


DUE_IN = """
    SELECT extract(epoch FROM min(next.due_at) - now())::float8
    FROM (SELECT DISTINCT w.id FROM campaigns_wave w JOIN campaigns_option o ON o.campaign_id = w.campaign_id
          WHERE w.state = 'running' AND o.channel = %(channel)s) c
    CROSS JOIN LATERAL (
        SELECT d.due_at FROM channels_dispatch d
        WHERE d.wave_id = c.id AND d.channel = %(channel)s AND d.state = 'queued' AND d.due_at > now()
          AND d.due_at <= now() + %(within)s * interval '1 second' AND d.deadline_at > now()
        ORDER BY d.due_at LIMIT 1) next
"""


def due_in(channel: str, *, within: float) -> float | None:
    """Seconds until the next dispatch of a channel becomes due; None: none does within so many."""
    return rows(DUE_IN, {"channel": channel, "within": within})[0][0]


def counts(wave_id: int) -> dict[str, dict[str, int]]:
    """Dispatches of a wave by channel and state."""
    sums: dict[str, dict[str, int]] = {}
    sql = "SELECT channel, state, count(*) FROM channels_dispatch WHERE wave_id = %s GROUP BY 1, 2 ORDER BY 1, 2"
    for channel, state, number in rows(sql, [wave_id]):
        sums.setdefault(channel, {})[state] = number
    return sums


def is_open(wave_id: int) -> bool:
    """Whether any dispatch of a wave has not reached a final state."""
    sql = "SELECT EXISTS (SELECT 1 FROM channels_dispatch WHERE wave_id = %s AND state <> ALL(%s))"
    return rows(sql, [wave_id, [str(state) for state in FINAL_STATES]])[0][0]
