"""A draft is closed when nothing more comes for it: its items are sorted and numbered, and the parts of its files known.

    gathering -> closed (gathered_at) -> every part written, in tasks of their own -> ready, revision 1

Whoever dies on the way leaves a draft with parts to write; the next minute goes on with it.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from ..base import ChannelError
from ..mailing_files import formats
from ..models import JobState, PrintItem, PrintItemState, PrintJob, PrintPart, PrintRow
from ..print_mailing import letters
from ..steps import run_all
from . import numbering, seeds, writing
from .steps import OFFERED, locked, move

log = logging.getLogger(__name__)
# Nothing is left to hand over and nobody may still join; or what is left keeps the others waiting for too long.
COMPLETE = """
    SELECT j.id FROM channels_printjob j JOIN campaigns_wave w ON w.id = j.wave_id
    WHERE j.state = 'draft' AND j.gathered_at IS NULL AND (%(jobs)s::bigint[] IS NULL OR j.id = ANY(%(jobs)s))
      AND (j.cut_off_at < now() + %(patience)s
           OR NOT coalesce(w.open_until_at > now() AND w.state = 'running', false) AND (
               NOT EXISTS (SELECT 1 FROM channels_dispatch d
                           WHERE d.wave_id = j.wave_id AND d.channel = j.channel AND d.option_id = j.option_id
                             AND d.state IN ('queued', 'claimed', 'sending'))
               OR (SELECT i.state_changed_at FROM channels_printitem i WHERE i.job_id = j.id ORDER BY i.id DESC LIMIT 1)
                  < now() - %(patience)s))
    ORDER BY j.id
"""


def finish_due() -> None:
    """Each minute: close drafts that are complete, and go on writing those that are closed, and revisions."""
    run_all(*(partial(close, job_id) for job_id in _complete()), _write_on)


def _write_on() -> None:
    drafts = Q(state=JobState.DRAFT, gathered_at__isnull=False)
    stale = Q(state__in=OFFERED, stale_at__isnull=False)
    for job_id in PrintJob.objects.filter(drafts | stale).order_by("id").values_list("id", flat=True):
        writing.call(job_id)


def finish_waves(channel: str, wave_ids: Collection[int]) -> None:
    """After a hand-over: what is complete now, and small, waits for nobody."""
    drafts = PrintJob.objects.filter(state=JobState.DRAFT, gathered_at=None, channel=channel, wave__in=wave_ids)
    jobs = list(drafts.values_list("id", flat=True))
    for job_id in _complete(jobs) if jobs else ():
        try:
            finish(job_id)
        except ChannelError as error:  # what was handed over is safe, the next minute goes on
            log.warning("print job %s is not written yet: %s", job_id, error)
        except Exception:
            log.exception("print job %s is not written yet", job_id)


def finish(job_id: int) -> None:
    """Close a draft, whatever may still come, and write it: here where it is small, otherwise in tasks of its own."""
    is_small = close(job_id)
    if is_small:
        writing.write(job_id)
    else:
        writing.call(job_id)


def _complete(job_ids: Collection[int] | None = None) -> list[int]:
    patience = timedelta(minutes=settings.PRINT_GATHER_MINUTES)
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE, {"jobs": None if job_ids is None else list(job_ids), "patience": patience})
        return [id_ for (id_,) in cursor.fetchall()]


@transaction.atomic
def close(job_id: int) -> bool:
    """Nothing more joins the draft; returns whether it is small enough to be written at once."""
    job = locked(job_id)
    if job.state != JobState.DRAFT or job.gathered_at:
        return False
    writing.note_erased(job)
    if PrintRow.objects.filter(item__job=job, item__state=PrintItemState.PLANNED).exists():
        seeds.add(job)
    if not (rows := numbering.number(job)):
        move(job, JobState.CANCELLED, rows=0)
        return False
    PrintPart.objects.bulk_create(_parts(job, rows), batch_size=1000)
    move(job, JobState.DRAFT, gathered_at=timezone.now(), rows=rows)
    return rows <= settings.PRINT_AT_ONCE


def _parts(job: PrintJob, rows: int) -> list[PrintPart]:
    most = formats.of_spec(job.spec).most_rows or job.vendor.rows_per_file
    sizes = {PrintPart.Kind.TABLE: min(job.vendor.rows_per_file, most)}
    if job.channel == letters.CHANNEL:
        sizes[PrintPart.Kind.LETTERS] = letters.BUNDLE
    runs = _runs_of_carriers(job) if job.channel == writing.AREAS else [(1, rows)]
    return [
        PrintPart(job=job, kind=kind, number=number, first=first, last=last)
        for kind, size in sizes.items()
        for number, (first, last) in enumerate(_cut(runs, size), 1)
    ]


def _cut(runs: Sequence[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Sequences from first to last, in pieces of at most `size`."""
    for first, last in runs:
        for begin in range(first, last + 1, size):
            yield begin, min(begin + size - 1, last)


def _runs_of_carriers(job: PrintJob) -> list[tuple[int, int]]:
    """Each carrier's areas stand together, and get files of their own."""
    rows = PrintItem.objects.filter(job=job, sequence__isnull=False).values("row__city")
    runs = rows.annotate(first=Min("sequence"), last=Max("sequence")).order_by("first")
    return list(runs.values_list("first", "last"))
