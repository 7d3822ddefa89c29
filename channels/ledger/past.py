"""What others sent before this platform kept the ledger: dispatches in their final state, with their contacts.

Nothing of ours tried them, so they have no attempts; they never were anywhere else than where they are.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import registry
from .arrows import State
from .sql import count

# The contact is as contacts.note() writes it.
RECORD = """
    WITH sent AS (
        INSERT INTO channels_dispatch
            (wave_id, customer_id, option_id, channel, state, coupon_code, due_at, deadline_at, attempts, cost_cents,
             provider_id, reason, state_changed_at)
        SELECT %(wave)s, p.customer_id, p.option_id, p.channel, %(state)s, '', %(at)s, %(at)s, 0, p.cost_cents, '', '', %(at)s
        FROM ({mailed}) p
        RETURNING id, customer_id, channel
    )
    INSERT INTO campaigns_event
        (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key, dispatch_id, attributes)
    SELECT customer_id, 'contacted', channel, channel = ANY(%(online)s), %(at)s, 0, 'ledger', 'dispatch-' || id, id, '{{}}'
    FROM sent
"""


def record_sent(mailed: str, params: Mapping[str, Any], *, wave_id: int, at: datetime) -> int:
    """Record as sent at this time; returns how many. `mailed` selects customer_id, option_id, channel and cost_cents."""
    online = [channel.name for channel in registry.every() if not channel.reach.needs_household]
    own = {"wave": wave_id, "state": State.SENT.value, "at": at, "online": online}
    return count(RECORD.format(mailed=mailed), dict(params) | own)
