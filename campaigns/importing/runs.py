"""One import of one file: read and check it, stage it, merge it in one transaction, report what was wrong.

Reading and staging happen outside the transaction, so that progress can be seen; staging tables are private to the
connection. Customers, events and the run's end are one transaction: all of it, or nothing.
"""

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import ImportKind, ImportMapping, ImportRun

from . import (
    checking,
    mappings,
    merge_areas,
    merge_customers,
    merge_events,
    merge_opt_outs,
    merge_streets,
    people,
    readers,
    report,
    schema,
    staging,
)
from .errors import ImportFailed, ImportRefused
from .merge_customers import Merged

State = ImportRun.State
Progress = Callable[[ImportRun], None]
# What is found out about the staged rows together, before anything is written.
COMPARISONS = {
    ImportKind.CUSTOMERS: people.recognise_customers,
    ImportKind.EVENTS: people.recognise_events,
    ImportKind.AREAS: merge_areas.compare,
    ImportKind.STREETS: merge_streets.compare,
    ImportKind.OPT_OUTS: merge_opt_outs.compare,
}
MERGES = {
    ImportKind.CUSTOMERS: merge_customers.merge,
    ImportKind.EVENTS: merge_events.merge,
    ImportKind.AREAS: merge_areas.merge,
    ImportKind.STREETS: merge_streets.merge,
    ImportKind.OPT_OUTS: merge_opt_outs.merge,
}
# Two imports at once would both make the customer that they share.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('campaigns.importing'))"
LONGEST_RUN = timedelta(hours=6)
PATIENCE = timedelta(minutes=2)
LARGE_MERGE = "SET LOCAL work_mem = '128MB'"
# Foreign keys are checked with every statement: deferred, millions of checks would be kept in memory until the end.
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"

logger = logging.getLogger(__name__)


class _DryRun(Exception):  # noqa: N818
    """Rolls the merge back."""


def start(
    file: File | Path,
    mapping: ImportMapping,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    user: User | None = None,
) -> ImportRun:
    """A waiting run of an uploaded file, which is kept, or of a path, which stays where it is. Then call `run`."""
    _give_up_dead_runs()
    upload = file if isinstance(file, File) else None
    made = ImportRun(
        mapping=mapping,
        file_name=Path(str(file.name)).name[:255],
        is_dry_run=dry_run,
        skips_bad_rows=skip_bad,
        started_by=user,
    )
    if upload:
        made.file.save(made.file_name, upload, save=False)
    made.save()
    return made


def _give_up_dead_runs() -> None:
    """A process that was killed could not say so."""
    ImportRun.objects.filter(state=State.RUNNING, created_at__lt=timezone.now() - LONGEST_RUN).update(
        state=State.FAILED, message="the process that ran it ended; nothing was imported", finished_at=timezone.now()
    )


def forgotten() -> list[int]:
    """Uploads that nobody has begun to import, since the message that announced them was lost."""
    waiting = ImportRun.objects.filter(state=State.WAITING, created_at__lt=timezone.now() - PATIENCE)
    return list(waiting.exclude(file="").order_by("pk").values_list("pk", flat=True))


def run(of: ImportRun, *, path: Path | None = None, progress: Progress = lambda run: None) -> ImportRun:
    """Import the file of a waiting run; one that another process has begun is left alone.

    A refusal is an answer: it stands in the run's state and message. Raises ImportFailed for anything unexpected.
    """
    if not ImportRun.objects.filter(pk=of.pk, state=State.WAITING).update(state=State.RUNNING):
        of.refresh_from_db()
        return of
    of.state = State.RUNNING
    try:
        _import(of, path or Path(of.file.path), progress)
    except ImportRefused as refusal:
        _end(of, State.REFUSED, str(refusal))
    except BaseException as error:
        _fail(of, error)
        if isinstance(error, Exception):
            raise ImportFailed(f"import {of.pk} failed: {type(error).__name__}") from None
        raise
    finally:
        staging.drop()
    return of


def _fail(of: ImportRun, error: BaseException) -> None:
    """Messages of database errors quote the row, so only the kind of error and the place are told."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("import %s failed: %s\n%s", of.pk, type(error).__name__, frames)
    connection.close_if_unusable_or_obsolete()
    of.rows_created = of.rows_updated = 0
    _end(of, State.FAILED, f"{type(error).__name__}: nothing was imported")


def _import(of: ImportRun, path: Path, progress: Progress) -> None:
    definition, kind = of.mapping.definition, of.mapping.kind
    schema.check(definition, kind=kind)
    staging.create(kind)
    rows = readers.rows(path, definition, needed=mappings.needed(definition, kind=kind), name=of.file_name)
    for chunk in checking.checked(rows, definition, kind=kind):
        staging.copy(chunk.lines)
        of.rows_read += chunk.rows
        of.rows_bad += chunk.bad
        ImportRun.objects.filter(pk=of.pk).update(rows_read=of.rows_read, rows_bad=of.rows_bad)
        progress(of)
    staging.analyse(kind)
    _merge(of)


def _merge(of: ImportRun) -> None:
    """All or nothing. The report is written first, so that a run that ended has it."""
    try:
        with transaction.atomic():
            _begin_merge(of)
            problems = report.count()
            of.rows_bad = problems.bad
            if problems.bad or problems.erased:
                _keep_report(of)
            if problems.bad and not of.skips_bad_rows:
                raise ImportRefused(_refusal(of, problems))
            merged = MERGES[ImportKind(of.mapping.kind)](of.mapping.definition)
            of.rows_created, of.rows_updated = merged.created, merged.updated
            if of.is_dry_run:
                raise _DryRun
            _end(of, State.DONE, _outcome(of, problems, merged))
    except _DryRun:
        _end(of, State.DONE, _outcome(of, problems, merged))


def _begin_merge(of: ImportRun) -> None:
    with connection.cursor() as cursor:
        for statement in (ONE_AT_A_TIME, LARGE_MERGE, CHECK_AT_ONCE):
            cursor.execute(statement)
    COMPARISONS[ImportKind(of.mapping.kind)](of.mapping.definition)


def _keep_report(of: ImportRun) -> None:
    written = report.write(Path(settings.MEDIA_ROOT) / "imports")
    try:
        with written.open("rb") as file:
            of.error_report.save(f"errors-{of.pk}.csv", File(file), save=False)
    finally:
        written.unlink()


def _refusal(of: ImportRun, problems: report.Problems) -> str:
    rest = f" … and {problems.more} more" if problems.more else ""
    return f"{problems.bad} of {of.rows_read} rows are bad, so nothing was imported: {'; '.join(problems.first)}{rest}"


def _outcome(of: ImportRun, problems: report.Problems, merged: Merged) -> str:
    what = "entries" if of.mapping.kind == ImportKind.OPT_OUTS else of.mapping.kind
    said = f"{merged.created} new {what}, {merged.updated} known"
    parts = [f"dry run, nothing was changed: {said}" if of.is_dry_run else said, *merged.also]
    if problems.bad:
        parts.append(f"{problems.bad} bad rows left out")
    if problems.erased:
        parts.append(f"{problems.erased} rows left out because the person was erased")
    return ", ".join(parts)


def _end(of: ImportRun, state: str, message: str) -> None:
    of.state, of.message, of.finished_at = state, message, timezone.now()
    of.save()
