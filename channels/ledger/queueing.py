"""A plan becomes dispatches: one row for everybody who gets something, in one statement."""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import transaction

from .. import registry
from ..pace import Schedule, of_wave
from . import variants
from .coupons import Given
from .sql import count, rows

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
        (wave_id, customer_id, option_id, variant, channel, state, coupon_code, due_at, deadline_at, attempts, cost_cents,
         provider_id, reason)
    SELECT %(wave)s, p.customer_id, p.option_id, {variant}, p.channel, CASE WHEN p.barred IS NULL THEN 'queued' ELSE 'suppressed' END,
           CASE WHEN p.channel = ANY(%(public)s) THEN '' ELSE {coupon} END,
           coalesce((%(ahead)s::jsonb ->> p.option_id::text)::timestamptz, p.due_at), %(deadline)s, 0, p.cost_cents, '',
           coalesce(p.barred, '')
    FROM {paced} p
"""
# Where an hour was chosen for somebody, the choice is kept with its probability.
QUEUE_WITH_HOURS = """
    WITH paced AS MATERIALIZED ({paced}), made AS ({queue} RETURNING id, customer_id, channel), chosen AS (
        INSERT INTO channels_chosenhour (dispatch_id, hour, propensity, is_explored)
        SELECT m.id, p.hour, p.propensity, p.is_explored FROM made m JOIN paced p USING (customer_id, channel)
        WHERE p.hour IS NOT NULL
    )
    SELECT count(*) FROM made
"""


@transaction.atomic
def queue(
    planned: str, params: Mapping[str, Any], *, wave_id: int, deadline_at: datetime, due_at: datetime | None = None,
    ahead: Mapping[int, datetime] = MappingProxyType({}),
) -> int:  # fmt: skip
    """Make the dispatches of a wave, due from now or this moment on as its campaign is paced; returns how many.

    `ahead`: by option, when it is due instead, such as print that needs time to arrive.
    `planned` selects customer_id, option_id, channel, cost_cents, and `barred`: NULL, or why this one must not go out any
    more since it was planned. It is written down all the same, as suppressed, so that the sums still equal the plan.
    """
    given = Given.of(wave_id)
    pace = of_wave(given.minded(planned), wave_id=wave_id, deadline_at=deadline_at, from_at=due_at)
    own = {
        "wave": wave_id,
        "deadline": deadline_at,
        "ahead": json.dumps({option_id: at.isoformat() for option_id, at in ahead.items()}),
        "public": [channel.name for channel in registry.every() if channel.is_public],  # nobody could see the code
    }
    drawing = variants.of_wave(wave_id)
    chosen = {"coupon": given.own(COUPON), "variant": drawing.sql}
    queued = _queued(pace, chosen, dict(params) | pace.params | given.params | drawing.params | own)
    given.give(rows=queued)
    return queued


def _queued(pace: Schedule, chosen: Mapping[str, str], params: Mapping[str, Any]) -> int:
    if not pace.chooses_hours:
        return count(QUEUE.format(paced=f"({pace.sql})", **chosen), params)
    queue_paced = QUEUE.format(paced="paced", **chosen)
    return rows(QUEUE_WITH_HOURS.format(paced=pace.sql, queue=queue_paced), params)[0][0]
