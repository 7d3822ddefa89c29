"""Claim, begin, record: how a worker gives dispatches away, and what it leaves behind if it dies at any point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isqrt
from uuid import UUID, uuid4

from django.conf import settings

from .. import registry
from ..base import CRASHED
from ..pace import waits
from ..permission import barred
from .arrows import CONTACTED, State
from .outcomes import Answer, outcome_of
from .sql import array, count, prepared, rows
from .stopping import NOT_STOPPED, is_stopped, resume_all, stop_all

__all__ = [
    "MOST_LOST",
    "Claim",
    "Turn",
    "begin",
    "claim",
    "give_back",
    "is_stopped",
    "postpone",
    "record",
    "resume_all",
    "stop_all",
    "turn",
]
MOST_LOST = 3  # workers that may die holding a dispatch, and crashes of its rendering, before it is given up


@dataclass(frozen=True)
class Claim:
    """What one worker holds: dispatch ids by wave, until its lease ends."""

    token: UUID
    channel: str
    waves: dict[int, list[int]] = field(default_factory=dict)
    stopped: int = 0  # were due, but must not go out, or not yet
    may_grow: bool = False  # by more of the same waves; not where one may be to blame for the death of workers

    def __bool__(self) -> bool:
        return bool(self.waves) or self.stopped > 0

    def __len__(self) -> int:
        return sum(map(len, self.waves.values()))


@dataclass(frozen=True)
class Turn:
    """What one step did: the new states of those that were answered, and which of those asked for may be given away."""

    moved: dict[int, State]
    begun: frozenset[int]


CLAIM = """
    WITH due AS (
        SELECT d.id
        FROM (SELECT id FROM campaigns_wave
              WHERE state = 'running' AND %(wave)s::bigint IS NULL OR id = %(wave)s AND state = 'running'
              ORDER BY open_until_at IS NULL, random()) w  -- triggers first; of the others none starves another
        CROSS JOIN LATERAL (
            SELECT id FROM channels_dispatch
            WHERE wave_id = w.id AND channel = %(channel)s AND state = 'queued' AND lost = %(lost)s
              AND due_at <= now() AND deadline_at > now() AND {not_stopped}
            ORDER BY due_at, id LIMIT %(size)s FOR UPDATE SKIP LOCKED
        ) d
        LIMIT %(size)s
    ), judged AS MATERIALIZED (
        SELECT d.id, d.deadline_at, {barred} AS barred, {waits} AS waits FROM due JOIN channels_dispatch d ON d.id = due.id
    ), decided AS (
        SELECT id, barred, waits, CASE WHEN barred IS NOT NULL THEN 'suppressed' WHEN waits IS NULL THEN 'claimed'
                                       WHEN waits < deadline_at THEN 'queued' ELSE 'expired' END AS state
        FROM judged
    )
    UPDATE channels_dispatch d
    SET state = n.state, due_at = CASE WHEN n.state = 'queued' THEN n.waits ELSE d.due_at END,
        claim = CASE WHEN n.state = 'claimed' THEN %(token)s::uuid END,
        claimed_at = CASE WHEN n.state <> 'queued' THEN now() END,
        reason = CASE n.state WHEN 'expired' THEN 'no hour before its deadline' ELSE coalesce(n.barred, '') END,
        state_changed_at = now()
    FROM decided n WHERE d.id = n.id
    RETURNING d.id, d.wave_id, d.state
"""
SUSPECT = """
    SELECT DISTINCT lost FROM channels_dispatch
    WHERE channel = %s AND state = 'queued' AND lost > 0 AND due_at <= now() AND deadline_at > now() ORDER BY lost DESC
"""


def claim(channel: str, size: int, *, wave_id: int | None = None) -> Claim:
    """Take up to `size` due dispatches of running waves, or of one; those that must not go out are stopped on the way.

    Dispatches whose worker died come in small batches and then one by one, so that the one that kills is found.
    """
    suspect = [lost for (lost,) in rows(SUSPECT, [channel])]
    for lost in [*suspect, 0]:
        if held := _claim(channel, _size(size, lost), lost=lost, wave_id=wave_id, token=uuid4()):
            break
    return held


def claim_more(held: Claim, size: int, *, wave_id: int) -> list[int]:
    """Take up to `size` more due dispatches of a wave under a claim that `may_grow`; returns those that it took."""
    if not held.may_grow:
        return []
    more = _claim(held.channel, size, lost=0, wave_id=wave_id, token=held.token).waves.get(wave_id, [])
    held.waves.setdefault(wave_id, []).extend(more)
    return more


def _size(size: int, lost: int) -> int:
    """The whole batch, its square root, one."""
    return size if lost == 0 else isqrt(size) if lost < MOST_LOST - 1 else 1


def _claim(channel: str, size: int, *, lost: int, wave_id: int | None, token: UUID) -> Claim:
    gate, hours = barred(registry.get(channel)), waits(registry.get(channel))
    own = {"size": size, "token": token, "lost": lost, "wave": wave_id}
    taken = rows(
        CLAIM.format(barred=gate.sql, waits=hours.sql, not_stopped=NOT_STOPPED), gate.params | hours.params | own
    )
    waves: dict[int, list[int]] = {}
    for dispatch_id, of_wave, state in sorted(taken):
        if state == State.CLAIMED:
            waves.setdefault(of_wave, []).append(dispatch_id)
    return Claim(token, channel, waves, stopped=len(taken) - sum(map(len, waves.values())), may_grow=lost == 0)


# One statement, so one round trip and one commit for what is over and what comes next. It moves different rows of one
# table, which is well defined. A worker that was slow rather than dead may still say what became of its uncertain dispatch.
STATE = "(d.state || '')"  # no partial index fits: they hold what all workers move, and rows come by their ids here
TURN = """
    WITH told AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(provider_ids)s::text[], %(codes)s::text[],
                             %(answers)s::text[], %(tries)s::int[]) AS t(id, state, provider_id, code, answer, tries)
    ), moved AS (
        UPDATE channels_dispatch d
        SET state = CASE WHEN t.state = 'queued' AND t.tries = 1 AND d.attempts >= {most_attempts} THEN 'failed'
                    ELSE t.state END,
            attempts = d.attempts - 1 + t.tries,
            due_at = CASE WHEN t.state = 'queued' THEN now() + {back_off} ELSE d.due_at END,
            claim = CASE WHEN t.state = 'uncertain' THEN d.claim END,
            provider_id = coalesce(nullif(t.provider_id, ''), d.provider_id),
            reason = left(CASE WHEN t.state IN ('sent', 'handed_over') THEN '' ELSE t.answer END, 200),
            state_changed_at = now()
        FROM told t
        WHERE d.id = t.id AND d.claim = %(token)s::uuid
          AND ({state} = 'sending' OR {state} = 'uncertain' AND t.state NOT IN ('queued', 'uncertain'))
        RETURNING d.id, d.customer_id, d.channel, d.state, d.attempts, d.claimed_at, t.code, t.answer
    ), tried AS (
        INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)
        SELECT id, attempts, state, left(code, 20), left(answer, 200), claimed_at FROM moved
    ), noted AS (
        {note}
    ), asked AS (
        SELECT * FROM unnest(%(next)s::bigint[], %(recipients)s::text[]) AS a(id, recipient)
    ), judged AS (
        SELECT d.id, {barred} AS barred
        FROM asked a JOIN channels_dispatch d ON d.id = a.id JOIN campaigns_wave w ON w.id = d.wave_id
        WHERE w.state = 'running' AND d.deadline_at > now() AND {not_stopped} AND {still_there}
    ), begun AS (
        UPDATE channels_dispatch d
        SET state = CASE WHEN barred IS NULL THEN 'sending' WHEN d.state = 'sending' THEN 'queued' ELSE 'suppressed' END,
            claim = CASE WHEN barred IS NULL THEN d.claim END,
            claimed_at = now(), attempts = attempts + (barred IS NULL AND d.state = 'claimed')::int, lost = 0,
            reason = coalesce(barred, ''), state_changed_at = now()
        FROM judged
        WHERE d.id = judged.id AND d.claim = %(token)s::uuid
          AND ({state} = 'claimed' OR %(again)s::boolean AND {state} = 'sending')
        RETURNING d.id, d.state
    )
    SELECT id, state, false FROM moved UNION ALL SELECT id, state, true FROM begun
"""
# A minute, two, four ... six hours, spread by id so that refused dispatches do not come back all at once.
BACK_OFF = """
    least(60 * 2 ^ greatest(d.attempts - 1, 0), 21600) * (1 + (d.id * 7919 %% 1000) / 4000.0) * interval '1 second'
"""
MOST_ATTEMPTS = "CASE WHEN t.code = %(crashed)s THEN %(most_lost)s::int ELSE %(max_attempts)s::int END"
# As contacts.note() writes it; nothing can be in the way, since nobody moves there twice at the same moment.
NOTE = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key,
                                 dispatch_id, attributes)
    SELECT customer_id, 'contacted', channel, %(is_online)s::boolean, now(), 0, 'ledger', 'dispatch-' || id, id, '{{}}'
    FROM moved WHERE state = ANY(%(contacted)s::text[])
"""
# The address was read with the batch, a moment ago. If it is suppressed or changed by now, the next claim reads another.
STILL_THERE = """
    (a.recipient = '' OR EXISTS (
        SELECT 1 FROM campaigns_identifier i
        WHERE i.customer_id = d.customer_id AND i.value = a.recipient AND i.kind = ANY(%(kinds)s::text[])
          AND NOT EXISTS (SELECT 1 FROM campaigns_suppression s WHERE s.digest = i.digest)))
"""


def turn(
    held: Claim, answers: Iterable[Answer], next_ids: Mapping[int, str] | Sequence[int] = (), *, again: bool = False
) -> Turn:
    """Write down what became of dispatches that were being sent, and mark the next ones as being sent, in one statement.

    Only what this claim still holds, and what may still go out, may be given away. `next_ids` are dispatch ids, with the
    address that each will go to where that was read before. `again`: this very step may have been done already, by a
    connection that broke before it said so, and what it began was not given away.
    """
    channel = registry.get(held.channel)
    addressed = dict(next_ids) if isinstance(next_ids, Mapping) else dict.fromkeys(next_ids, "")
    singly = bool(channel.reach.identifier_kinds)  # else it reaches households, which have no address of their own
    gate = barred(channel, has_address=singly and all(addressed.values()))
    params = gate.params | {
        **_told(answers),
        "token": held.token,
        "crashed": CRASHED,
        "most_lost": MOST_LOST,
        "max_attempts": settings.DELIVERY_MAX_ATTEMPTS,
        "is_online": not channel.reach.needs_household,
        "contacted": [str(state) for state in CONTACTED],
        "next": array(addressed),
        "recipients": array(addressed.values() if singly else [""] * len(addressed)),
        "kinds": [str(kind) for kind in channel.reach.identifier_kinds],
        "again": again,
    }
    done = prepared(_turn_sql(gate.sql), params)
    return Turn(
        moved={id_: State(state) for id_, state, is_new in done if not is_new},
        begun=frozenset(id_ for id_, state, is_new in done if is_new and state == State.SENDING),
    )


@lru_cache(maxsize=64)
def _turn_sql(gate: str) -> str:
    return TURN.format(
        barred=gate,
        state=STATE,
        not_stopped=NOT_STOPPED,
        back_off=BACK_OFF,
        most_attempts=MOST_ATTEMPTS,
        note=NOTE.format(),
        still_there=STILL_THERE,
    )


def _told(answers: Iterable[Answer]) -> dict[str, str]:
    outcomes = [outcome_of(answer) for answer in answers]
    return {
        "ids": array(outcome.dispatch_id for outcome in outcomes),
        "states": array(outcome.state for outcome in outcomes),
        "provider_ids": array(outcome.provider_id for outcome in outcomes),
        "codes": array(outcome.code for outcome in outcomes),
        "answers": array(outcome.answer for outcome in outcomes),
        "tries": array(int(outcome.is_try) for outcome in outcomes),
    }


def begin(held: Claim, dispatch_ids: Sequence[int]) -> set[int]:
    """Mark as being sent; returns those that may be given away."""
    return set(turn(held, (), dispatch_ids).begun)


def record(held: Claim, answers: Iterable[Answer]) -> dict[int, State]:
    """Write down what became of dispatches that were being sent; returns the new states of those that moved."""
    return turn(held, answers).moved


POSTPONE = """
    UPDATE channels_dispatch d
    SET state = 'queued', claim = NULL, claimed_at = NULL, state_changed_at = now(),
        due_at = now() + t.seconds * interval '1 second'
    FROM unnest(%(ids)s::bigint[], %(seconds)s::float8[]) AS t(id, seconds)
    WHERE d.id = t.id AND {state} = 'claimed' AND d.claim = %(token)s
"""


def postpone(held: Claim, waits: Mapping[int, float]) -> int:
    """Put back what this claim holds, due in so many seconds by dispatch id; uses up no attempt. Returns how many."""
    if not waits:
        return 0
    return count(
        POSTPONE.format(state=STATE),
        {"ids": list(waits), "seconds": list(map(float, waits.values())), "token": held.token},
    )


GIVE_BACK = """
    UPDATE channels_dispatch d SET state = 'queued', claim = NULL, claimed_at = NULL, state_changed_at = now()
    WHERE id = ANY(%s) AND claim = %s AND {state} = 'claimed'
"""


def give_back(held: Claim) -> int:
    """Return to the queue what the claim holds and has not begun."""
    held_ids = [id_ for ids in held.waves.values() for id_ in ids]
    return count(GIVE_BACK.format(state=STATE), [held_ids, held.token])
