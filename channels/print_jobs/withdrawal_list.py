"""The list of letters taken back from a job: numbered without gaps, and acknowledged by the vendor up to a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..models import PrintItemState as Item
from ..models import PrintJob, PrintWithdrawal
from .leasing import require_lease
from .steps import locked, require, touch

# Numbers need no lock of their own: whoever withdraws has locked the job.
TAKE = """
    WITH why AS (SELECT * FROM unnest(%(dispatches)s::bigint[], %(reasons)s::text[]) AS t(dispatch_id, reason)
    ), going AS (
        SELECT i.id, i.sequence, i.dispatch_id, coalesce(why.reason, 'erasure') AS reason
        FROM channels_printitem i LEFT JOIN why USING (dispatch_id)
        WHERE i.job_id = %(job)s AND i.state = ANY(%(states)s) AND i.delivery_area_id IS NULL AND NOT i.is_seed
          AND (i.dispatch_id IS NULL OR why.dispatch_id IS NOT NULL)
    ), taken AS (
        UPDATE channels_printitem i SET state = %(to)s, reason = going.reason, state_changed_at = now()
        FROM going WHERE i.id = going.id
    ), listed AS (
        INSERT INTO channels_printwithdrawal (job_id, seq, item_id, reason, in_time, handling)
        SELECT %(job)s, row_number() OVER (ORDER BY going.sequence, going.id) + (
            SELECT coalesce(max(seq), 0) FROM channels_printwithdrawal WHERE job_id = %(job)s
        ), going.id, going.reason, %(in_time)s, '' FROM going WHERE %(is_listed)s
        RETURNING item_id, seq
    )
    SELECT going.id, going.dispatch_id, listed.seq FROM going LEFT JOIN listed ON listed.item_id = going.id
"""


@dataclass(frozen=True)
class Taken:
    """What was taken back: items, their dispatches (erased people have none), and the last number in the list, if any."""

    items: list[int]
    dispatches: list[int]
    last_seq: int | None


def take(job: PrintJob, why: Mapping[int, str], *, states: Sequence[Item], in_time: bool) -> Taken:
    """Of a locked job: withdraw the items of these dispatches, and those of erased people, that are in one of the states."""
    params = {
        "job": job.pk,
        "dispatches": list(why),
        "reasons": list(why.values()),
        "states": [str(state) for state in states],
        "to": str(Item.WITHDRAWN if in_time else Item.WITHDRAWN_TOO_LATE),
        "in_time": in_time,
        "is_listed": not in_time or job.pulled_revision is not None,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, params)
        rows = cursor.fetchall()
    if rows:
        touch(job)
    seqs = [seq for _, _, seq in rows if seq is not None]
    return Taken([row[0] for row in rows], [row[1] for row in rows if row[1] is not None], max(seqs, default=None))


def withdrawals(job: PrintJob, *, after: int = 0) -> QuerySet[PrintWithdrawal]:
    """Everything withdrawn from what the vendor has, in the order of its numbers."""
    return PrintWithdrawal.objects.filter(job=job, seq__gt=after).select_related("item").order_by("seq")


def unacknowledged(job: PrintJob) -> QuerySet[PrintWithdrawal]:
    return PrintWithdrawal.objects.filter(job=job, acknowledged_at=None)


@transaction.atomic
def acknowledge_withdrawals(job_id: int, *, up_to: int, lease: str = "") -> PrintJob:
    """The vendor knows of every withdrawal up to this number. Again, it changes nothing."""
    job = locked(job_id)
    require(job, "withdrawals")
    require_lease(job, lease)
    if unacknowledged(job).filter(seq__lte=up_to).update(acknowledged_at=timezone.now()):
        touch(job)
    return job
