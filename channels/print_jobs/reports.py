"""What a vendor reports about single items, in any order and as often as it likes.

Reports are kept as they came, once per event id; an item's state follows from all of its reports: returned before
posted before the later of produced and damaged. So the order in which they arrive makes no difference.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from .. import feedback, ledger
from ..base import Feedback
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintReport
from ..models import PrintItemState as Item
from . import dispatches
from .closing import reconcile
from .steps import locked, require
from .withdrawing import note_late_objections

log = logging.getLogger(__name__)
MOST_AT_ONCE = 1000
CLOSED = (JobState.POSTED, JobState.RECONCILED)
REPORTABLE = (Item.PRODUCED, Item.DAMAGED, Item.POSTED, Item.RETURNED)


@dataclass(frozen=True)
class Report:
    """One row as reported."""

    event_id: str
    sequence: int
    state: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one row: recorded, known (sent before), or refused with the reason."""

    event_id: str
    result: str
    reason: str = ""


@transaction.atomic
def report(job_id: int, reports: Sequence[Report]) -> list[Result]:
    """Record a batch row by row: a bad row is refused by name and stops no other."""
    job = locked(job_id)
    require(job, "items")
    note_late_objections(job)
    sequences = {one.sequence for one in reports}
    items = {item.sequence: item for item in PrintItem.objects.filter(job=job, sequence__in=sequences)}
    known = _known(job, reports, items)
    results, new = [], []
    for one in reports:
        result = _judge(job, one, items.get(one.sequence), known)
        results.append(result)
        if result.result == "recorded":
            new.append(one)
            known.note(one.event_id, items[one.sequence].pk, one.state)
    _write(job, new, items)
    _follow(job, [items[one.sequence].pk for one in new])
    reconcile(job)
    return results


@dataclass
class Known:
    """What was reported before, or earlier in the same batch."""

    events: dict[str, tuple[int, str]]  # item id and state by event id
    returned: set[int]  # item ids

    def note(self, event_id: str, item_id: int, state: str) -> None:
        self.events[event_id] = (item_id, state)
        if state == Item.RETURNED:
            self.returned.add(item_id)


def _known(job: PrintJob, reports: Sequence[Report], items: Mapping[int, PrintItem]) -> Known:
    ours = PrintReport.objects.filter(job=job)
    events = ours.filter(event_id__in={one.event_id for one in reports})
    returned = ours.filter(item__in=[item.pk for item in items.values()], state=Item.RETURNED)
    return Known(
        {event_id: (item_id, state) for event_id, item_id, state in events.values_list("event_id", "item_id", "state")},
        set(returned.values_list("item_id", flat=True)),
    )


def _judge(job: PrintJob, one: Report, item: PrintItem | None, known: Known) -> Result:
    if item is None:
        return Result(one.event_id, "refused", f"sequence: this job has no item {one.sequence}")
    if one.event_id in known.events:
        is_same = known.events[one.event_id] == (item.pk, one.state)
        return Result(one.event_id, "known") if is_same else Result(one.event_id, "refused", "event_id: used before")
    if one.state == Item.RETURNED and item.pk in known.returned:
        return Result(one.event_id, "known")
    if item.state == Item.WITHDRAWN:
        # A letter that was taken out of the files cannot have been printed: somebody must look into this.
        log.error("job %s: item %s was reported %s although withdrawn in time", job.pk, item.pk, one.state)
        return Result(one.event_id, "refused", "sequence: this item was withdrawn before production")
    if one.state == Item.RETURNED and item.delivery_area_id is not None:
        return Result(one.event_id, "refused", "state: unaddressed pieces do not come back")
    if item.state == Item.DAMAGED and job.state in CLOSED:
        return Result(one.event_id, "refused", "state: this item was closed as damaged when the job was posted")
    return Result(one.event_id, "recorded")


def _write(job: PrintJob, new: Sequence[Report], items: dict[int, PrintItem]) -> None:
    PrintReport.objects.bulk_create(
        PrintReport(
            job=job,
            item=items[one.sequence],
            event_id=one.event_id,
            state=one.state,
            reason=one.reason,
            reported_at=one.at,
        )
        for one in new
    )


# What was withdrawn stays so: it is the record for the privacy officer; the piece's fate stands in its reports.
FOLLOW = """
    WITH last AS (
        SELECT DISTINCT ON (item_id) item_id, state, reason, reported_at FROM channels_printreport
        WHERE item_id = ANY(%s)
        ORDER BY item_id, CASE state WHEN 'returned' THEN 3 WHEN 'posted' THEN 2 ELSE 1 END DESC, reported_at DESC, id DESC
    ), moved AS (
        UPDATE channels_printitem i SET state = last.state, reason = last.reason, state_changed_at = now()
        FROM last WHERE i.id = last.item_id AND i.state <> 'withdrawn_too_late' AND i.state <> last.state
    )
    SELECT item_id, state, reason, reported_at FROM last
"""


def _follow(job: PrintJob, item_ids: Sequence[int]) -> None:
    """Items, dispatches and the customers' histories after new reports."""
    if not item_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, [list(item_ids)])
        last = cursor.fetchall()
    posted = [item_id for item_id, state, _, _ in last if state in (Item.POSTED, Item.RETURNED)]
    carried = dispatches.of_items(job, PrintItem.objects.filter(pk__in=posted))
    ledger.settle(carried, to=DispatchState.SENT, reason="posted")
    _feed_back([row for row in last if row[1] == Item.RETURNED])
    if job.state in CLOSED:
        damaged = PrintItem.objects.filter(pk__in=[row[0] for row in last if row[1] == Item.DAMAGED])
        ledger.settle(dispatches.of_items(job, damaged), to=DispatchState.FAILED, reason="damaged in production")


def _feed_back(returned: Sequence[tuple[int, str, str, datetime]]) -> None:
    """A returned letter is an event, and its address is not used again. Nothing is kept of erased people."""
    items = PrintItem.objects.filter(pk__in=[row[0] for row in returned], dispatch__isnull=False)
    carried = dict(items.values_list("id", "dispatch_id"))
    feedback.record(
        Feedback(
            kind="returned",
            dispatch_id=carried[item_id],
            occurred_at=at,
            source="vendor",
            source_key=f"returned-item-{item_id}",
            is_online=False,
            attributes={"reason": reason},
        )
        for item_id, _, reason, at in returned
        if item_id in carried
    )
