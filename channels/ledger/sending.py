"""Claim, begin, record: how a worker gives dispatches away, and what it leaves behind if it dies at any point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from .. import registry
from ..base import ChannelError, Receipt, UncertainError, UnreachableError
from ..permission import barred
from . import contacts
from .arrows import CONTACTED, State
from .sql import count, rows


@dataclass(frozen=True)
class Claim:
    """What one worker holds: dispatch ids by wave, until its lease ends."""

    token: UUID
    channel: str
    waves: dict[int, list[int]] = field(default_factory=dict)
    stopped: int = 0  # were due, but must not go out

    def __bool__(self) -> bool:
        return bool(self.waves) or self.stopped > 0


@dataclass(frozen=True)
class Outcome:
    """What became of one dispatch that was being sent."""

    dispatch_id: int
    state: State
    provider_id: str = ""
    code: str = ""
    answer: str = ""


def outcome_of(answer: Receipt | tuple[int, ChannelError]) -> Outcome:
    """Read a channel's answer. A temporary refusal means queued; record() ends it when the attempts are used up."""
    if isinstance(answer, Receipt):
        return Outcome(answer.dispatch_id, State(answer.state), answer.provider_id, answer=answer.answer)
    dispatch_id, error = answer
    if isinstance(error, UncertainError):
        state = State.UNCERTAIN
    elif isinstance(error, UnreachableError):
        state = State.BOUNCED
    else:
        state = State.FAILED if error.permanent else State.QUEUED
    return Outcome(dispatch_id, state, code=error.code, answer=str(error))


CLAIM = """
    WITH due AS (
        SELECT d.id
        FROM (SELECT id FROM campaigns_wave WHERE state = 'running' ORDER BY random()) w  -- no wave starves another
        CROSS JOIN LATERAL (
            SELECT id FROM channels_dispatch
            WHERE wave_id = w.id AND channel = %(channel)s AND state = 'queued'
              AND due_at <= now() AND deadline_at > now()
            ORDER BY due_at, id LIMIT %(size)s FOR UPDATE SKIP LOCKED
        ) d
        LIMIT %(size)s
    ), judged AS (
        SELECT d.id, {barred} AS barred FROM due JOIN channels_dispatch d ON d.id = due.id
    )
    UPDATE channels_dispatch d
    SET state = CASE WHEN barred IS NULL THEN 'claimed' ELSE 'suppressed' END,
        claim = CASE WHEN barred IS NULL THEN %(token)s::uuid END,
        claimed_at = now(), reason = coalesce(barred, ''), state_changed_at = now()
    FROM judged WHERE d.id = judged.id
    RETURNING d.id, d.wave_id, d.state
"""


def claim(channel: str, size: int) -> Claim:
    """Take up to `size` due dispatches of running waves; those that must not go out are stopped on the way."""
    gate, token = barred(registry.get(channel)), uuid4()
    waves: dict[int, list[int]] = {}
    taken = rows(CLAIM.format(barred=gate.sql), gate.params | {"size": size, "token": token})
    for dispatch_id, wave_id, state in sorted(taken):
        if state == State.CLAIMED:
            waves.setdefault(wave_id, []).append(dispatch_id)
    return Claim(token, channel, waves, stopped=len(taken) - sum(map(len, waves.values())))


BEGIN = """
    WITH judged AS (
        SELECT d.id, {barred} AS barred
        FROM channels_dispatch d JOIN campaigns_wave w ON w.id = d.wave_id
        WHERE d.id = ANY(%(ids)s) AND w.state = 'running' AND d.deadline_at > now()
    )
    UPDATE channels_dispatch d
    SET state = CASE WHEN barred IS NULL THEN 'sending' ELSE 'suppressed' END,
        claim = CASE WHEN barred IS NULL THEN d.claim END,
        claimed_at = now(), attempts = attempts + (barred IS NULL)::int, reason = coalesce(barred, ''), state_changed_at = now()
    FROM judged
    WHERE d.id = judged.id AND d.state = 'claimed' AND d.claim = %(token)s
    RETURNING d.id, d.state
"""


def begin(held: Claim, dispatch_ids: Sequence[int]) -> set[int]:
    """Mark as being sent. Only what this claim still holds, and what may still go out, may be given away."""
    gate = barred(registry.get(held.channel))
    params = gate.params | {"ids": list(dispatch_ids), "token": held.token}
    return {id_ for id_, state in rows(BEGIN.format(barred=gate.sql), params) if state == State.SENDING}


# A worker that was slow rather than dead may still say what became of its uncertain dispatch.
RECORD = """
    WITH told AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(provider_ids)s::text[], %(codes)s::text[],
                             %(answers)s::text[]) AS t(id, state, provider_id, code, answer)
    ), moved AS (
        UPDATE channels_dispatch d
        SET state = CASE WHEN t.state = 'queued' AND d.attempts >= %(max_attempts)s THEN 'failed' ELSE t.state END,
            due_at = CASE WHEN t.state = 'queued' THEN now() + {back_off} ELSE d.due_at END,
            claim = CASE WHEN t.state = 'uncertain' THEN d.claim END,
            provider_id = coalesce(nullif(t.provider_id, ''), d.provider_id),
            reason = left(CASE WHEN t.state IN ('sent', 'handed_over') THEN '' ELSE t.answer END, 200),
            state_changed_at = now()
        FROM told t
        WHERE d.id = t.id AND d.claim = %(token)s
          AND (d.state = 'sending' OR d.state = 'uncertain' AND t.state NOT IN ('queued', 'uncertain'))
        RETURNING d.id, d.customer_id, d.channel, d.state, d.attempts, d.claimed_at, t.code, t.answer
    ), tried AS (
        INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)
        SELECT id, attempts, state, left(code, 20), left(answer, 200), claimed_at FROM moved
    )
    SELECT id, customer_id, channel, now(), state FROM moved
"""
# A minute, two, four ... six hours, spread by id so that refused dispatches do not come back all at once.
BACK_OFF = """
    least(60 * 2 ^ (d.attempts - 1), 21600) * (1 + (d.id * 7919 %% 1000) / 4000.0) * interval '1 second'
"""


@transaction.atomic(savepoint=False)  # once a message, mostly inside a transaction of the pipeline
def record(held: Claim, answers: Iterable[Receipt | tuple[int, ChannelError]]) -> dict[int, State]:
    """Write down what became of dispatches that were being sent; returns the new states of those that moved."""
    outcomes = [outcome_of(answer) for answer in answers]
    params = {
        "ids": [outcome.dispatch_id for outcome in outcomes],
        "states": [str(outcome.state) for outcome in outcomes],
        "provider_ids": [outcome.provider_id for outcome in outcomes],
        "codes": [outcome.code for outcome in outcomes],
        "answers": [outcome.answer for outcome in outcomes],
        "token": held.token,
        "max_attempts": settings.DELIVERY_MAX_ATTEMPTS,
    }
    moved = rows(RECORD.format(back_off=BACK_OFF), params)
    contacts.note([row[:4] for row in moved if row[4] in CONTACTED])
    return {row[0]: State(row[4]) for row in moved}


def give_back(held: Claim) -> int:
    """Return to the queue what the claim holds and has not begun."""
    return count(
        "UPDATE channels_dispatch SET state = 'queued', claim = NULL, claimed_at = NULL, state_changed_at = now()"
        " WHERE id = ANY(%s) AND claim = %s AND state = 'claimed'",
        [[id_ for ids in held.waves.values() for id_ in ids], held.token],
    )
