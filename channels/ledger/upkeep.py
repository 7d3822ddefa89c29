"""What no worker minds: ended leases, passed deadlines, cancelled waves, and people who refused since."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from .. import registry
from ..permission import REFUSING, barred
from .arrows import State
from .sending import MOST_LOST, STATE, Claim
from .settling import settle_each
from .sql import count, rows

# The sweep never waits for a lock, so it never stands in a circle with a worker: what is locked is being dealt with.
# Whoever held these died at it, or crashed. One of them may be to blame, so they are tried in smaller batches, after a
# while, and the one that did it again when it was alone is given up.
LOST = """
    WITH moved AS (
        UPDATE channels_dispatch
        SET state = CASE WHEN lost + 1 >= %(most)s THEN 'failed' ELSE 'queued' END, lost = lost + 1,
            reason = CASE WHEN lost + 1 >= %(most)s THEN %(reason)s ELSE reason END,
            due_at = now() + lost * interval '1 minute',
            claim = NULL, claimed_at = NULL, state_changed_at = now()
        WHERE id IN ({which})
        RETURNING id, attempts, state, reason
    )
    , tried AS (
        INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)
        SELECT id, attempts + 1, state, 'lost', reason, now() FROM moved WHERE state = 'failed'
    )
    SELECT id FROM moved
"""
HELD = f"SELECT id FROM channels_dispatch d WHERE id = ANY(%(ids)s) AND claim = %(token)s AND {STATE} = 'claimed'"  # noqa: S608
STALE = """
    SELECT id FROM channels_dispatch
    WHERE state = 'claimed' AND claimed_at < now() - %(seconds)s * interval '1 second' FOR UPDATE SKIP LOCKED
"""
DOUBT = """
    WITH moved AS (
        UPDATE channels_dispatch SET state = 'uncertain', reason = 'the worker fell silent', state_changed_at = now()
        WHERE id IN (SELECT id FROM channels_dispatch
                     WHERE state = 'sending' AND claimed_at < now() - %s * interval '1 second' FOR UPDATE SKIP LOCKED)
        RETURNING id, attempts, claimed_at, reason
    )
    INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)
    SELECT id, attempts, 'uncertain', '', reason, claimed_at FROM moved
"""
EXPIRE = """
    UPDATE channels_dispatch SET state = 'expired', reason = 'past its deadline', state_changed_at = now()
    WHERE id IN (SELECT id FROM channels_dispatch
                 WHERE state = 'queued' AND deadline_at <= now() FOR UPDATE SKIP LOCKED)
"""
# In the order of ids, as workers lock.
CANCEL = """
    WITH waiting AS (SELECT id FROM channels_dispatch
                     WHERE wave_id = %s AND state IN ('queued', 'claimed') ORDER BY id FOR UPDATE)
    UPDATE channels_dispatch d
    SET state = 'cancelled', claim = NULL, reason = 'wave cancelled', state_changed_at = now()
    FROM waiting WHERE d.id = waiting.id
"""


def release_stale(seconds: float | None = None) -> int:
    """Back to the queue: claims whose lease has ended. Nothing of them had left. `seconds`: another lease."""
    return len(rows(LOST.format(which=STALE), _lost("its worker died") | {"seconds": _lease(seconds)}))


def suspect(held: Claim) -> int:
    """Back to the queue what a claim holds and has not begun, after a crash for which one of them may be to blame."""
    held_ids = [id_ for ids in held.waves.values() for id_ in ids]
    return len(rows(LOST.format(which=HELD), _lost("it made its batch crash") | {"ids": held_ids, "token": held.token}))


def _lost(why: str) -> dict[str, Any]:
    return {"most": MOST_LOST, "reason": f"{why} {MOST_LOST} times"}


def doubt_stale(seconds: float | None = None) -> int:
    """To uncertain: what was being sent when its worker fell silent. It may have left, so it is not sent again."""
    return count(DOUBT, [_lease(seconds)])


def _lease(seconds: float | None) -> float:
    return settings.DELIVERY_LEASE_SECONDS if seconds is None else seconds


def expire_overdue() -> int:
    """What is still queued at its deadline will never go out."""
    return count(EXPIRE, [])


def cancel_wave(wave_id: int) -> int:
    """Cancel whatever of a wave has not begun to leave."""
    return count(CANCEL, [wave_id])


STOPPABLE = f"""
    WITH refusing AS ({REFUSING}), judged AS (
        SELECT d.id, {{barred}} AS barred FROM refusing JOIN channels_dispatch d USING (customer_id)
        WHERE d.channel = %(channel)s AND d.state = ANY(%(states)s)
    )
    {{then}}
"""  # noqa: S608 - ours
STOP_WAITING = """
    , free AS (
        SELECT d.id, barred FROM judged JOIN channels_dispatch d ON d.id = judged.id
        WHERE barred IS NOT NULL AND d.state = ANY(%(states)s) FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE channels_dispatch d SET state = 'suppressed', claim = NULL, reason = barred, state_changed_at = now()
    FROM free WHERE d.id = free.id RETURNING d.id
"""
TELL_REASONS = "SELECT id, barred FROM judged WHERE barred IS NOT NULL ORDER BY id"


def stop_objected(channel: str | None = None) -> int:
    """Stop what may no longer go out, also what a channel can still take back; returns how many. None: every channel."""
    return sum(_stop_waiting(name) + _take_back(name) for name in ([channel] if channel else registry.CHANNELS))


def _stop_waiting(channel: str) -> int:
    gate = barred(registry.get(channel))
    sql = STOPPABLE.format(barred=gate.sql, then=STOP_WAITING)
    return len(rows(sql, gate.params | {"states": [State.QUEUED.value, State.CLAIMED.value]}))


def _take_back(channel: str) -> int:
    gate = barred(registry.get(channel))
    sql = STOPPABLE.format(barred=gate.sql, then=TELL_REASONS)
    reasons = dict(rows(sql, gate.params | {"states": [State.HANDED_OVER.value]}))
    apart = registry.get(channel).apart(list(reasons)) if reasons else ()
    return sum(_withdraw(channel, {id_: reasons[id_] for id_ in ids}) for ids in apart)


@transaction.atomic
def _withdraw(channel: str, reasons: Mapping[int, str]) -> int:
    withdrawn = registry.get(channel).withdraw(list(reasons))
    return settle_each({id_: reasons[id_] for id_ in withdrawn}, to=State.SUPPRESSED)
