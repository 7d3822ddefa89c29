"""Opens, clicks and impressions, written for many requests at once and before any of them is answered.

An answer is a promise: what was answered is committed in PostgreSQL, so a kill of the web server, of Redis, or of the
machine loses none of it. The price is a commit, which all requests that wait at the moment share.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns import events
from campaigns.models import EventKind

from . import answers, feedback, machines, prepared, sent, visitors
from .banner import pacing
from .ledger.sql import count
from .sent import Sent
from .together import Together, each

# One statement, so that it takes one round trip and is its own transaction.
WRITE = f"WITH new AS ({events.RECORD}), counted AS ({pacing.COUNT}) SELECT count(*) FROM new"  # noqa: S608
# An answer's time is the end of its second. Rows are locked in one order whoever marks them.
SCANNED = """
    WITH fresh AS (
        SELECT e.id, e.occurred_at, e.dispatch_id, e.kind, e.attributes
        FROM channels_dispatch d JOIN campaigns_event e ON e.dispatch_id = d.id
        WHERE d.id = ANY(%(ids)s) AND e.kind IN ('opened', 'clicked')
          AND e.occurred_at <= d.claimed_at + %(within)s * interval '1 second'
        ORDER BY e.id FOR UPDATE OF e
    ), scanned AS (
        SELECT dispatch_id FROM fresh WHERE kind = 'clicked'
        GROUP BY dispatch_id HAVING count(DISTINCT attributes ->> 'block') >= %(links)s
    )
    UPDATE campaigns_event e SET attributes = e.attributes || '{"is_machine": true}'
    FROM fresh f JOIN scanned s ON s.dispatch_id = f.dispatch_id
    WHERE e.id = f.id AND e.occurred_at = f.occurred_at AND NOT e.attributes @> '{"is_machine": true}'
"""


@dataclass(frozen=True)
class Seen:
    """What somebody did with a dispatch, by the block that they followed; `visitor` is the cookie to know them by."""

    kind: EventKind
    dispatch_id: int
    block_id: str = ""
    visitor: str = ""
    via: str = ""  # the landing page, for instance
    is_machine: bool = False  # by what it calls itself
    is_counted: bool = True  # False: only where it leads is asked


@dataclass(frozen=True)
class Noted:
    """The dispatch, where its block leads, and whether the visitor may keep the cookie."""

    sent: Sent
    target: str  # empty: no block was asked for
    is_recognised: bool


def note(seen: Seen) -> Noted | None:
    """Write an answer, and return when it is safe; None where there is no such dispatch, or no such link."""
    return TOGETHER.ask(seen)


def note_all(batch: Sequence[Seen]) -> list[Noted | Exception | None]:
    """The same for many; an error is that of its answer alone."""
    return each(_note_all, batch)


def _note_all(batch: Sequence[Seen]) -> list[Noted | None]:
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # after a batch that failed, its items are tried one by one
    dispatches = sent.find_all({seen.dispatch_id for seen in batch})
    targets = [_target(seen, dispatches) for seen in batch]
    known = [seen for seen, target in zip(batch, targets, strict=True) if seen.is_counted and target is not None]
    _record(known, dispatches)
    recognised = _recognise(known, dispatches)
    return [
        None if target is None else Noted(dispatches[seen.dispatch_id], target, seen in recognised)
        for seen, target in zip(batch, targets, strict=True)
    ]


def _target(seen: Seen, dispatches: Mapping[int, Sent]) -> str | None:
    """Empty where a block is not asked for."""
    dispatch = dispatches.get(seen.dispatch_id)
    if dispatch is None:
        return None
    return sent.destination(dispatch, seen.block_id) if seen.block_id else ""


def _record(known: Sequence[Seen], dispatches: Mapping[int, Sent]) -> None:
    """Hardly anything has more to it than the one statement; what has is one transaction with it."""
    answered = [dispatches[seen.dispatch_id] for seen in known]
    doubted = [one.dispatch_id for one in answered if one.state in feedback.OPEN]
    fresh = _fresh(dispatches[seen.dispatch_id] for seen in known if seen.kind == EventKind.CLICKED)
    with transaction.atomic() if doubted or fresh else nullcontext():
        _write(known, dispatches)
        feedback.settle_arrived(doubted)
        _mark_scanned(fresh)


def _write(known: Sequence[Seen], dispatches: Mapping[int, Sent]) -> None:
    """In one order of keys whoever writes, so that two processes never wait for each other in a circle."""
    rows = [_event(seen, dispatches[seen.dispatch_id]) for seen in known]
    if rows:
        rows.sort(key=lambda row: row.source_key)
        prepared.rows(WRITE, [*events.columns(rows), pacing.shard()])


def _event(seen: Seen, dispatch: Sent) -> events.NewEvent:
    item = answers.answer(seen.kind, dispatch, block=seen.block_id, via=seen.via, is_machine=seen.is_machine)
    return feedback.event(item, feedback.Origin(dispatch.customer_id, dispatch.channel))


def _fresh(clicked: Iterable[Sent]) -> list[int]:
    """Of which a scanner may follow the links just now."""
    soonest = timezone.now() - timedelta(seconds=machines.SCANNED_WITHIN_SECONDS)
    addressed = (one for one in clicked if visitors.is_proof(one.channel) and one.claimed_at)
    return sorted({one.dispatch_id for one in addressed if one.claimed_at > soonest})


def _mark_scanned(fresh: Sequence[int]) -> None:
    """Where several links were followed within seconds of the sending, that and what else came then was a scanner's."""
    if fresh:
        params = {"ids": fresh, "within": machines.SCANNED_WITHIN_SECONDS + 1, "links": machines.SCANNED_LINKS}
        count(SCANNED, params)


def _recognise(known: Sequence[Seen], dispatches: Mapping[int, Sent]) -> set[Seen]:
    """Those whose cookie belongs to the customer of their message from now on, or did before."""
    asking = [seen for seen in known if seen.visitor and visitors.is_proof(dispatches[seen.dispatch_id].channel)]
    pairs = {seen: (dispatches[seen.dispatch_id].customer_id, seen.visitor) for seen in asking}
    allowed = visitors.link(sorted(set(pairs.values())))
    return {seen for seen, (customer_id, _) in pairs.items() if customer_id in allowed}


TOGETHER = Together(_note_all)
