"""Opens, clicks and impressions, written for many requests at once and before any of them is answered.

An answer is a promise: what was answered is committed in PostgreSQL, so a kill of the web server, of Redis, or of the
machine loses none of it. The price is a commit, which all requests that wait at the moment share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import EventKind

from . import answers, feedback, machines, sent, visitors
from .banner import pacing
from .ledger.sql import count
from .sent import Sent
from .together import Together

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


@dataclass(frozen=True)
class Noted:
    """The dispatch, where its block leads, and whether the visitor may keep the cookie."""

    sent: Sent
    target: str  # empty: no block was asked for
    is_recognised: bool


def note(seen: Seen) -> Noted | None:
    """Write an answer, and return when it is safe; None where there is no such dispatch, or no such link."""
    return TOGETHER.ask(seen)


def _note_all(batch: Sequence[Seen]) -> list[Noted | None]:
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # after a batch that failed, its items are tried one by one
    with transaction.atomic():
        dispatches = sent.find_all({seen.dispatch_id for seen in batch})
        targets = [_target(seen, dispatches) for seen in batch]
        known = [seen for seen, target in zip(batch, targets, strict=True) if target is not None]
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
    """In one order of keys whoever writes, so that two processes never wait for each other in a circle."""
    items = [
        answers.answer(
            seen.kind,
            dispatches[seen.dispatch_id],
            block=seen.block_id,
            via=seen.via,
            is_machine=seen.is_machine,
        )
        for seen in known
    ]
    new = feedback.record_new(sorted(items, key=lambda item: item.source_key))
    pacing.count([dispatches[item.dispatch_id] for item in new if item.kind == EventKind.SHOWN])
    _mark_scanned([dispatches[item.dispatch_id] for item in new if item.kind == EventKind.CLICKED])


def _mark_scanned(clicked: Sequence[Sent]) -> None:
    """Where several links were followed within seconds of the sending, that and what else came then was a scanner's."""
    soonest = timezone.now() - timedelta(seconds=machines.SCANNED_WITHIN_SECONDS)
    addressed = [one for one in clicked if visitors.is_proof(one.channel) and one.claimed_at]
    fresh = sorted({one.dispatch_id for one in addressed if one.claimed_at > soonest})
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
