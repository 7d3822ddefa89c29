"""The dispatch ledger: the only writer of dispatch states, every move a conditional UPDATE along ARROWS.

    queued -> claimed -> sending -> sent | handed_over | failed | bounced | uncertain
                                    queued again, later, after a temporary refusal
    handed_over -> sent, sent -> delivered, and both -> bounced, as the provider reports

A claim is a short transaction; what is given away is marked `sending` before, and recorded after. Whoever dies in
between leaves `sending`, which becomes `uncertain` and is never sent again unless a person says that it had not left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from campaigns import events
from campaigns.models import EventKind

from . import registry
from .base import ChannelError, Receipt, UncertainError, UnreachableError
from .models import DispatchState as State
from .permission import barred

ARROWS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.CLAIMED, State.CANCELLED, State.EXPIRED, State.SUPPRESSED}),
    # Back to the queue is safe: nothing leaves before `sending`, and that needs the claim's own token.
    State.CLAIMED: frozenset({State.SENDING, State.QUEUED, State.CANCELLED, State.SUPPRESSED}),
    State.SENDING: frozenset(
        {State.SENT, State.HANDED_OVER, State.FAILED, State.BOUNCED, State.UNCERTAIN, State.QUEUED}
    ),
    State.HANDED_OVER: frozenset(
        {State.SENT, State.DELIVERED, State.BOUNCED, State.FAILED, State.CANCELLED, State.SUPPRESSED}
    ),
    State.SENT: frozenset({State.DELIVERED, State.BOUNCED}),
    # A letter may come back, and a mail may bounce, after it counted as delivered.
    State.DELIVERED: frozenset({State.BOUNCED}),
    # Queued again only by a person, see resolve().
    State.UNCERTAIN: frozenset(
        {State.SENT, State.HANDED_OVER, State.DELIVERED, State.BOUNCED, State.FAILED, State.QUEUED}
    ),
    State.BOUNCED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPPRESSED: frozenset(),
}
HAS_LEFT = (State.HANDED_OVER, State.SENT, State.DELIVERED, State.UNCERTAIN)
CONTACTED = (State.SENT, State.HANDED_OVER)
NEVER_WENT_OUT = (State.FAILED, State.CANCELLED, State.SUPPRESSED)


class LedgerError(Exception):
    """A move that the ledger does not make; the message says why."""


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
    rows = _rows(CLAIM.format(barred=gate.sql), gate.params | {"size": size, "token": token})
    for dispatch_id, wave_id, state in sorted(rows):
        if state == State.CLAIMED:
            waves.setdefault(wave_id, []).append(dispatch_id)
    return Claim(token, channel, waves, stopped=len(rows) - sum(map(len, waves.values())))


BEGIN = """
    WITH judged AS (
        SELECT d.id, {barred} AS barred
        FROM channels_dispatch d JOIN campaigns_wave w ON w.id = d.wave_id
        WHERE d.id = ANY(%(ids)s) AND w.state = 'running' AND d.deadline_at > now()
    )
    UPDATE channels_dispatch d
    SET state = CASE WHEN barred IS NULL THEN 'sending' ELSE 'suppressed' END,
        claim = CASE WHEN barred IS NULL THEN d.claim END,
        claimed_at = now(), attempts = attempts + 1, reason = coalesce(barred, ''), state_changed_at = now()
    FROM judged
    WHERE d.id = judged.id AND d.state = 'claimed' AND d.claim = %(token)s
    RETURNING d.id, d.state
"""


def begin(held: Claim, dispatch_ids: Sequence[int]) -> set[int]:
    """Mark as being sent. Only what this claim still holds, and what may still go out, may be given away."""
    gate = barred(registry.get(held.channel))
    params = gate.params | {"ids": list(dispatch_ids), "token": held.token}
    return {id_ for id_, state in _rows(BEGIN.format(barred=gate.sql), params) if state == State.SENDING}


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
    moved = _rows(RECORD.format(back_off=BACK_OFF), params)
    _note_contacts([row[:4] for row in moved if row[4] in CONTACTED])
    return {row[0]: State(row[4]) for row in moved}


def give_back(held: Claim) -> int:
    """Return to the queue what the claim holds and has not begun."""
    return _count(
        "UPDATE channels_dispatch SET state = 'queued', claim = NULL, claimed_at = NULL, state_changed_at = now()"
        " WHERE id = ANY(%s) AND claim = %s AND state = 'claimed'",
        [[id_ for ids in held.waves.values() for id_ in ids], held.token],
    )


@transaction.atomic
def settle(dispatch_ids: Sequence[int], *, to: State, reason: str = "") -> list[int]:
    """Move dispatches that have left to where a provider, or evidence, says they are; returns those that moved."""
    sources = [str(state) for state in HAS_LEFT if to in ARROWS[state]]
    if not sources or to == State.QUEUED:
        raise LedgerError(f"a dispatch that has left cannot become {to}")
    moved = _rows(
        "WITH old AS (SELECT id, state FROM channels_dispatch WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE)"
        " UPDATE channels_dispatch d SET state = %s, claim = NULL, reason = %s, state_changed_at = now()"
        " FROM old WHERE d.id = old.id RETURNING d.id, d.customer_id, d.channel, now(), old.state",
        [list(dispatch_ids), sources, str(to), reason[:200]],
    )
    if to in NEVER_WENT_OUT:
        _forget_contacts([row[0] for row in moved])
    else:
        _note_contacts([row[:4] for row in moved if row[4] == State.UNCERTAIN])
    return [row[0] for row in moved]


@transaction.atomic
def resolve(dispatch_ids: Sequence[int], *, verdict: State, by: Any) -> int:
    """A person's decision about uncertain dispatches: `sent`, `failed`, or `queued` because it surely had not left."""
    if verdict not in (State.SENT, State.FAILED, State.QUEUED):
        raise LedgerError(f"an uncertain dispatch is decided as sent, failed or queued, got {verdict}")
    if not by.has_perm("channels.resolve_dispatch"):
        raise LedgerError("only those who may resolve dispatches decide what became of them")
    moved = _rows(
        "WITH moved AS (UPDATE channels_dispatch SET state = %s, claim = NULL, reason = %s, state_changed_at = now(),"
        " due_at = CASE WHEN %s = 'queued' THEN now() ELSE due_at END"
        " WHERE id = ANY(%s) AND state = 'uncertain' RETURNING id, customer_id, channel, attempts, claimed_at),"
        " tried AS (INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)"
        " SELECT id, attempts, %s, '', %s, coalesce(claimed_at, now()) FROM moved) SELECT id, customer_id, channel, now() FROM moved",
        [verdict, note := f"decided by user {by.pk}", verdict, list(dispatch_ids), verdict, note],
    )
    if verdict == State.SENT:
        _note_contacts(moved)
    return len(moved)


def release_stale() -> int:
    """Back to the queue: claims whose lease has ended. Nothing of them had left."""
    return _count(
        "UPDATE channels_dispatch SET state = 'queued', claim = NULL, claimed_at = NULL, state_changed_at = now()"
        " WHERE state = 'claimed' AND claimed_at < now() - %s * interval '1 second'",
        [settings.DELIVERY_LEASE_SECONDS],
    )


def doubt_stale() -> int:
    """To uncertain: what was being sent when its worker fell silent. It may have left, so it is not sent again."""
    return _count(
        "WITH moved AS (UPDATE channels_dispatch SET state = 'uncertain', reason = %(reason)s, state_changed_at = now()"
        " WHERE state = 'sending' AND claimed_at < now() - %(seconds)s * interval '1 second'"
        " RETURNING id, attempts, claimed_at)"
        " INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)"
        " SELECT id, attempts, 'uncertain', '', %(reason)s, claimed_at FROM moved",
        {"reason": "the worker fell silent", "seconds": settings.DELIVERY_LEASE_SECONDS},
    )


def expire_overdue() -> int:
    """What is still queued at its deadline will never go out."""
    return _count(
        "UPDATE channels_dispatch SET state = 'expired', reason = 'past its deadline', state_changed_at = now()"
        " WHERE state = 'queued' AND deadline_at <= now()",
        [],
    )


def cancel_wave(wave_id: int) -> int:
    """Cancel whatever of a wave has not begun to leave."""
    return _count(
        "UPDATE channels_dispatch SET state = 'cancelled', claim = NULL, reason = 'wave cancelled',"
        " state_changed_at = now() WHERE wave_id = %s AND state IN ('queued', 'claimed')",
        [wave_id],
    )


# Those whose objection, withdrawal or suppression could stop anything: far fewer than there are dispatches.
STOPPABLE = """
    WITH refusing AS (
        SELECT customer_id FROM campaigns_objection WHERE lifted_at IS NULL
        UNION SELECT customer_id FROM campaigns_consent WHERE withdrawn_at IS NOT NULL
        UNION SELECT i.customer_id FROM campaigns_suppression s JOIN campaigns_identifier i ON i.digest = s.digest
    ), judged AS (
        SELECT d.id, {barred} AS barred FROM refusing JOIN channels_dispatch d USING (customer_id)
        WHERE d.channel = %(channel)s AND d.state = ANY(%(states)s)
    )
    {then}
"""
STOP_WAITING = """
    UPDATE channels_dispatch d SET state = 'suppressed', claim = NULL, reason = barred, state_changed_at = now()
    FROM judged WHERE d.id = judged.id AND barred IS NOT NULL AND d.state = ANY(%(states)s) RETURNING d.id
"""
TELL_REASONS = "SELECT id, barred FROM judged WHERE barred IS NOT NULL ORDER BY id"


def stop_objected() -> int:
    """Stop what may no longer go out on every channel, also what a channel can still take back; returns how many."""
    return sum(_stop_waiting(name) + _take_back(name) for name in registry.CHANNELS)


def _stop_waiting(channel: str) -> int:
    gate = barred(registry.get(channel))
    sql = STOPPABLE.format(barred=gate.sql, then=STOP_WAITING)
    return len(_rows(sql, gate.params | {"states": [State.QUEUED.value, State.CLAIMED.value]}))


@transaction.atomic
def _take_back(channel: str) -> int:
    gate = barred(registry.get(channel))
    sql = STOPPABLE.format(barred=gate.sql, then=TELL_REASONS)
    reasons = dict(_rows(sql, gate.params | {"states": [State.HANDED_OVER.value]}))
    withdrawn = registry.get(channel).withdraw(list(reasons)) if reasons else ()
    by_reason: dict[str, list[int]] = {}
    for dispatch_id in withdrawn:
        by_reason.setdefault(reasons[dispatch_id], []).append(dispatch_id)
    return sum(len(settle(ids, to=State.SUPPRESSED, reason=reason)) for reason, ids in by_reason.items())


def due_channels() -> list[str]:
    """Channels on which a running wave has something due."""
    sql = (
        "SELECT DISTINCT c.channel FROM campaigns_wave w JOIN campaigns_option c ON c.campaign_id = w.campaign_id"
        " WHERE w.state = 'running' AND EXISTS (SELECT 1 FROM channels_dispatch d WHERE d.wave_id = w.id"
        " AND d.channel = c.channel AND d.state = 'queued' AND d.due_at <= now() AND d.deadline_at > now())"
        " ORDER BY 1"
    )
    return [row[0] for row in _rows(sql, [])]


def counts(wave_id: int) -> dict[str, dict[str, int]]:
    """Dispatches of a wave by channel and state."""
    sums: dict[str, dict[str, int]] = {}
    sql = "SELECT channel, state, count(*) FROM channels_dispatch WHERE wave_id = %s GROUP BY 1, 2 ORDER BY 1, 2"
    for channel, state, number in _rows(sql, [wave_id]):
        sums.setdefault(channel, {})[state] = number
    return sums


def _note_contacts(rows: Sequence[tuple[int, int, str, datetime]]) -> None:
    """One `contacted` event for each (dispatch, customer, channel, time), in the transaction that moves the dispatch."""
    events.record([_contact(*row) for row in rows])


def _contact(dispatch_id: int, customer_id: int, channel: str, at: datetime) -> events.NewEvent:
    return events.NewEvent(
        customer_id=customer_id,
        kind=EventKind.CONTACTED,
        medium=channel,
        is_online=not registry.get(channel).reach.needs_household,
        occurred_at=at,
        source="ledger",
        source_key=f"dispatch-{dispatch_id}",
        dispatch_id=dispatch_id,
    )


def _forget_contacts(dispatch_ids: Sequence[int]) -> None:
    """A contact that was noted at the hand-over and then did not happen must not count against contact limits."""
    _count("DELETE FROM campaigns_event WHERE dispatch_id = ANY(%s) AND kind = 'contacted'", [list(dispatch_ids)])


def _rows(sql: str, params: Sequence[Any] | dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _count(sql: str, params: Sequence[Any] | dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount
