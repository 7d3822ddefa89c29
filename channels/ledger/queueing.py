"""A plan becomes dispatches: one row for everybody who gets something, in one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import registry
from .sql import count

# A code that a person can read out: no letter or digit that looks like another one; 56 random bits, so not to be guessed.
ALPHABET = "ACDEFGHJKLMNPQRT"
HEX_DIGITS = "0123456789abcdef"
RANDOM = "encode(sha256(gen_random_uuid()::text::bytea), 'hex')"  # a UUID of PostgreSQL comes from its strong generator
COUPON = f"""
    (SELECT substr(code, 1, 5) || '-' || substr(code, 6, 5) || '-' || substr(code, 11, 4)
     FROM (SELECT translate({RANDOM}, '{HEX_DIGITS}', '{ALPHABET}') AS code WHERE p.customer_id IS NOT NULL) drawn)
"""  # noqa: S608
QUEUE = """
    INSERT INTO channels_dispatch
        (wave_id, customer_id, option_id, channel, state, coupon_code, due_at, deadline_at, attempts, cost_cents,
         provider_id, reason)
    SELECT %(wave)s, p.customer_id, p.option_id, p.channel, CASE WHEN p.barred IS NULL THEN 'queued' ELSE 'suppressed' END,
           CASE WHEN p.channel = ANY(%(public)s) THEN '' ELSE {coupon} END, coalesce(%(due)s, now()), %(deadline)s, 0, p.cost_cents, '', coalesce(p.barred, '')
    FROM ({planned}) p
"""


def queue(
    planned: str, params: Mapping[str, Any], *, wave_id: int, deadline_at: datetime, due_at: datetime | None = None
) -> int:
    """Make the dispatches of a wave, due at once unless said otherwise; returns how many.

    `planned` selects customer_id, option_id, channel, cost_cents, and `barred`: NULL, or why this one must not go out any
    more since it was planned. It is written down all the same, as suppressed, so that the sums still equal the plan.
    """
    own = {
        "wave": wave_id,
        "due": due_at,
        "deadline": deadline_at,
        "public": [channel.name for channel in registry.every() if channel.is_public],  # nobody could see the code
    }
    return count(QUEUE.format(planned=planned, coupon=COUPON), dict(params) | own)
