"""What a vendor reports about single items, in any order and as often as it likes.

Reports are kept as they came, once per event id; an item's state follows from all of its reports: returned before moved
or distributed, before posted, before the later of produced and damaged. So the order in which they arrive makes no difference.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.models import Sum

from .. import feedback, ledger
from ..base import Feedback
from ..models import DispatchState, JobState, PrintItem, PrintJob, PrintReport
from ..models import PrintItemState as Item
from . import dispatches, forwarding, posting
from .closing import reconcile
from .reported import Report
from .steps import GONE_OUT, locked, require, touch
from .withdrawing import note_late_objections

log = logging.getLogger(__name__)
AT_ONCE = 1000  # rows that are in memory
CLOSED = (JobState.POSTED, JobState.RECONCILED, JobState.PURGED)


@dataclass(frozen=True)
class Result:
    """What became of one row: recorded, known (sent before), or refused with the reason."""

    event_id: str
    result: str
    reason: str = ""


@transaction.atomic
def report(job_id: int, reports: Sequence[Report]) -> list[Result]:
    """Record a batch row by row: a bad row is refused by name and stops no other."""
    return list(report_many(job_id, reports))


def report_many(job_id: int, reports: Iterable[Report]) -> Iterable[Result]:
    """The same for any number, within the caller's transaction; only so many are in memory at once.

    The job is locked from the first result on. What is due once for all is done when the last result was taken.
    """
    job = locked(job_id)
    require(job, "items")
    note_late_objections(job)
    rows = iter(reports)
    while batch := list(islice(rows, AT_ONCE)):
        yield from _record(job, batch)
    posting.close_if_all_is_posted(job)
    reconcile(job)


def _record(job: PrintJob, reports: Sequence[Report]) -> list[Result]:
    sequences = {one.sequence for one in reports}
    items = {item.sequence: item for item in PrintItem.objects.filter(job=job, sequence__in=sequences)}
    known = _known(job, reports, items)
    results, new = [], []
    for one in reports:
        result = _judge(job, one, items.get(one.sequence), known)
        results.append(result)
        if result.result == "recorded":
            new.append(one)
            known.note(one, items[one.sequence].pk)
    if new:
        _write(job, new, items)
        _follow(job, [items[one.sequence].pk for one in new])
        forwarding.pass_on(job, new, items)
        touch(job)
    return results


@dataclass
class Known:
    """What was reported before, or earlier in the same batch."""

    events: dict[str, tuple[int, str]]  # item id and state by event id
    returned: set[int]  # item ids
    distributed: dict[int, int]  # pieces by item id

    def note(self, one: Report, item_id: int) -> None:
        self.events[one.event_id] = (item_id, one.state)
        if one.state == Item.RETURNED:
            self.returned.add(item_id)
        if one.state == Item.DISTRIBUTED:
            self.distributed[item_id] = self.distributed.get(item_id, 0) + (one.quantity or 0)


def _known(job: PrintJob, reports: Sequence[Report], items: Mapping[int, PrintItem]) -> Known:
    ours = PrintReport.objects.filter(job=job)
    events = ours.filter(event_id__in={one.event_id for one in reports})
    told = ours.filter(item__in=[item.pk for item in items.values()])
    distributed = told.filter(state=Item.DISTRIBUTED).values_list("item_id").annotate(n=Sum("quantity"))
    return Known(
        {event_id: (item_id, state) for event_id, item_id, state in events.values_list("event_id", "item_id", "state")},
        set(told.filter(state=Item.RETURNED).values_list("item_id", flat=True)),
        dict(distributed),
    )


def _judge(job: PrintJob, one: Report, item: PrintItem | None, known: Known) -> Result:
    if item is None:
        return _refused(one, f"sequence: this job has no item {one.sequence}")
    if one.event_id in known.events:
        is_same = known.events[one.event_id] == (item.pk, one.state)
        return Result(one.event_id, "known") if is_same else _refused(one, "event_id: used before")
    if one.state == Item.RETURNED and item.pk in known.returned:
        return Result(one.event_id, "known")
    if item.state == Item.WITHDRAWN:
        # A letter that was taken out of the files cannot have been printed: somebody must look into this.
        log.error("job %s: item %s was reported %s although withdrawn in time", job.pk, item.pk, one.state)
        return _refused(one, "sequence: this item was withdrawn before production")
    if item.state == Item.DAMAGED and job.state in CLOSED:
        return _refused(one, "state: this item was closed as damaged when the job was posted")
    wrong = _of_area(one, item, known) if item.delivery_area_id is not None else _of_letter(one)
    return _refused(one, wrong) if wrong else Result(one.event_id, "recorded")


def _of_area(one: Report, item: PrintItem, known: Known) -> str:
    """Why this is not said of leaflets for an area; empty if it may be."""
    if one.state in (Item.RETURNED, Item.MOVED):
        return f"state: unaddressed pieces are not {one.state}"
    left = item.quantity - known.distributed.get(item.pk, 0)
    is_more = one.state == Item.DISTRIBUTED and (one.quantity or 0) > left
    return f"quantity: must be at most {left}, got {one.quantity}" if is_more else ""


def _of_letter(one: Report) -> str:
    return "state: letters are posted, only leaflets are distributed" if one.state == Item.DISTRIBUTED else ""


def _refused(one: Report, reason: str) -> Result:
    return Result(one.event_id, "refused", reason)


COPY_REPORTS = """
    COPY channels_printreport (job_id, item_id, event_id, state, reason, text, quantity, week, reported_at) FROM STDIN
"""


def _write(job: PrintJob, new: Sequence[Report], items: Mapping[int, PrintItem]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_REPORTS) as target:
        for one in new:
            item_id = items[one.sequence].pk
            told = (one.event_id, one.state, one.reason, one.text, one.quantity, one.week, one.at)
            target.write_row((job.pk, item_id, *told))


# What was withdrawn stays so: it is the record for the privacy officer; the piece's fate stands in its reports. What was
# posted along with all others has no report of that, and what is told of its production later does not take it back.
FOLLOW = """
    WITH last AS (
        SELECT DISTINCT ON (item_id) item_id, state, reason, reported_at FROM channels_printreport
        WHERE item_id = ANY(%s)
        ORDER BY item_id, array_position(ARRAY['returned', 'moved', 'distributed', 'posted'], state::text) NULLS LAST, reported_at DESC, id DESC
    ), moved AS (
        UPDATE channels_printitem i SET state = last.state, reason = last.reason, state_changed_at = now()
        FROM last WHERE i.id = last.item_id AND i.state <> 'withdrawn_too_late' AND i.state <> last.state
                    AND NOT (i.state = 'posted' AND last.state IN ('produced', 'damaged'))
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
    posted = [item_id for item_id, state, _, _ in last if state in GONE_OUT]
    carried = dispatches.of_items(job, PrintItem.objects.filter(pk__in=posted))
    ledger.settle(carried, to=DispatchState.SENT, reason="posted")
    _feed_back([row for row in last if row[1] == Item.RETURNED])
    if job.state in CLOSED:
        told = [row[0] for row in last if row[1] == Item.DAMAGED]
        damaged = PrintItem.objects.filter(pk__in=told).exclude(state=Item.POSTED)
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
