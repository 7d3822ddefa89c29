"""Single dispatches that wait and are no longer wanted: what was to prevent them came after they were queued."""

from collections.abc import Sequence

from .sql import count

# What somebody holds is leaving already.
CANCEL = """
    WITH free AS (SELECT id FROM channels_dispatch WHERE id = ANY(%s) AND state = 'queued' ORDER BY id
                  FOR UPDATE SKIP LOCKED)
    UPDATE channels_dispatch d SET state = 'cancelled', reason = %s, state_changed_at = now()
    FROM free WHERE d.id = free.id
"""


def cancel(dispatch_ids: Sequence[int], *, reason: str) -> int:
    """Cancel those of these dispatches that still wait in the queue; returns how many."""
    return count(CANCEL, [list(dispatch_ids), reason[:200]])
