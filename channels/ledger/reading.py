"""What the ledger says of waves and channels."""

from ..models import FINAL_STATES
from .sql import rows


def due_channels() -> list[str]:
    """Channels on which a running wave has something due."""
    sql = (
        "SELECT DISTINCT c.channel FROM campaigns_wave w JOIN campaigns_option c ON c.campaign_id = w.campaign_id"
        " WHERE w.state = 'running' AND EXISTS (SELECT 1 FROM channels_dispatch d WHERE d.wave_id = w.id"
        " AND d.channel = c.channel AND d.state = 'queued' AND d.due_at <= now() AND d.deadline_at > now())"
        " ORDER BY 1"
    )
    return [row[0] for row in rows(sql, [])]


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
