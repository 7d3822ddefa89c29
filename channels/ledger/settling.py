"""Where dispatches are that have left: as providers report, as evidence shows, or as a person decides."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from . import contacts
from .arrows import ARROWS, HAS_LEFT, NEVER_WENT_OUT, State
from .sql import rows

AT_ONCE = 10_000  # dispatches, so that a large print job takes no more memory than a small one


class LedgerError(Exception):
    """A move that the ledger does not make; the message says why."""


@transaction.atomic
def settle(dispatch_ids: Sequence[int], *, to: State, reason: str = "") -> list[int]:
    """Move dispatches that have left to where a provider, or evidence, says they are; returns those that moved."""
    sources = [str(state) for state in HAS_LEFT if to in ARROWS[state]]
    if not sources or to == State.QUEUED:
        raise LedgerError(f"a dispatch that has left cannot become {to}")
    moved: list[int] = []
    ordered = sorted(dispatch_ids)  # as workers lock
    for first in range(0, len(ordered), AT_ONCE):
        moved += _settle(ordered[first : first + AT_ONCE], sources, to, reason)
    return moved


def _settle(dispatch_ids: list[int], sources: list[str], to: State, reason: str) -> list[int]:
    moved = rows(
        "WITH old AS (SELECT id, state FROM channels_dispatch"
        " WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE)"
        " UPDATE channels_dispatch d SET state = %s, claim = NULL, reason = %s, state_changed_at = now()"
        " FROM old WHERE d.id = old.id RETURNING d.id, d.customer_id, d.channel, now(), old.state",
        [dispatch_ids, sources, str(to), reason[:200]],
    )
    if to in NEVER_WENT_OUT:
        contacts.forget([row[0] for row in moved])
    else:
        contacts.note([row[:4] for row in moved if row[4] == State.UNCERTAIN])
    return [row[0] for row in moved]


def settle_each(reasons: Mapping[int, str], *, to: State) -> int:
    """settle(), each with its own reason, of which there are few; returns how many moved."""
    by_reason: dict[str, list[int]] = {}
    for dispatch_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(dispatch_id)
    return sum(len(settle(ids, to=to, reason=reason)) for reason, ids in by_reason.items())


@transaction.atomic
def resolve(dispatch_ids: Sequence[int], *, verdict: State, by: Any) -> int:
    """A person's decision about uncertain dispatches: `sent`, `failed`, or `queued` because it surely had not left."""
    if verdict not in (State.SENT, State.FAILED, State.QUEUED):
        raise LedgerError(f"an uncertain dispatch is decided as sent, failed or queued, got {verdict}")
    if not by.has_perm("channels.resolve_dispatch"):
        raise LedgerError("only those who may resolve dispatches decide what became of them")
    moved = rows(
        "WITH moved AS (UPDATE channels_dispatch SET state = %s, claim = NULL, reason = %s, state_changed_at = now(),"
        " due_at = CASE WHEN %s = 'queued' THEN now() ELSE due_at END"
        " WHERE id = ANY(%s) AND state = 'uncertain' RETURNING id, customer_id, channel, attempts, claimed_at),"
        " tried AS (INSERT INTO channels_attempt (dispatch_id, number, outcome, code, answer, at)"
        " SELECT id, attempts, %s, '', %s, coalesce(claimed_at, now()) FROM moved)"
        " SELECT id, customer_id, channel, now() FROM moved",
        [verdict, note := f"decided by user {by.pk}", verdict, list(dispatch_ids), verdict, note],
    )
    if verdict == State.SENT:
        contacts.note(moved)
    return len(moved)
