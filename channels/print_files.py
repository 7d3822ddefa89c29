"""The immutable files of a print job: written aside, made durable, given their name, and never touched again.

    PRINT_ROOT / <job> / <revision>-<random>-<name>

A file counts only once a MailingFile row names it. What a rolled-back transaction leaves behind is therefore never offered,
and sweep() clears it away, as it does with addresses that nobody needs any more.
"""

import csv
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from .base import ChannelError
from .mailing_files.packing import AS_IT_IS, Packing, Sink
from .models import FileKind, JobState, MailingFile, PrintItem, PrintJob, PrintPart, PrintRow

PDF_TYPE = "application/pdf"
ORPHAN_SECONDS = 24 * 3600  # longer than any transaction
OVER = (JobState.CANCELLED, JobState.REJECTED, JobState.EXPIRED, JobState.PURGED)


class NewFile(Sink):
    """A file while it is written; once it is, `file` is its unsaved row."""

    file: MailingFile


@contextmanager
def create(
    job: PrintJob,
    name: str,
    *,
    revision: int,
    kind: FileKind,
    media_type: str = PDF_TYPE,
    packing: Packing = AS_IT_IS,
    **about: Any,
) -> Iterator[NewFile]:
    """Write one file. When the block ends it is durable under its final name; on error it is gone.

    `about`: other fields of the row. Raises ChannelError where it cannot be written, e.g. on a full disk.
    """
    name = packing.name(name)
    final = Path(settings.PRINT_ROOT) / str(job.pk) / f"{revision}-{secrets.token_hex(4)}-{name}"
    with _durable(final) as raw:
        made = NewFile(raw, packing)
        try:
            yield made
        except BaseException as error:
            made.abandon(error)
            raise
        made.close()
    made.file = MailingFile(
        job=job,
        revision=revision,
        name=name,
        kind=kind,
        media_type=packing.media_type(media_type),
        plain_media_type=media_type,
        encryption=packing.encryption,
        recipients=list(packing.fingerprints),
        path=f"{job.pk}/{final.name}",
        rows=made.rows,
        bytes=made.stored.bytes,
        sha256=made.stored.sha256,
        plain_bytes=made.plain.bytes,
        plain_sha256=made.plain.sha256,
        **about,
    )


@contextmanager
def _durable(final: Path) -> Iterator[BinaryIO]:
    """On disk, under its name, when the block ends; on error it is gone."""
    partial = final.with_name(f".{final.name}.partial")
    try:
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with open(partial, "xb") as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        partial.chmod(0o440)
        partial.rename(final)
        _sync(final.parent)
    except OSError as error:  # whoever asked tries again later
        _gone(partial)
        raise ChannelError(f"the files cannot be written: {error.strerror}", permanent=False) from error
    except BaseException:
        _gone(partial)
        raise


def publish(files: Iterable[MailingFile]) -> None:
    """From the commit on they belong to the job."""
    MailingFile.objects.bulk_create(files)


def retract(files: QuerySet[MailingFile]) -> None:
    """Of a draft, so nobody has seen them."""
    paths = list(files.values_list("path", flat=True))
    files.delete()
    transaction.on_commit(lambda: _remove(paths))


def location(file: MailingFile) -> Path:
    return Path(settings.PRINT_ROOT) / file.path


def discard(files: Iterable[MailingFile]) -> None:
    """Of what was written and shall not be published after all."""
    _remove([file.path for file in files])


def read_csv(file: MailingFile) -> Iterator[dict[str, str]]:
    """The rows of one of our own files, as it is written for vendors that ask for nothing else."""
    with open(location(file), encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def destroy(files: Iterable[MailingFile], *, because: str) -> int:
    """Destroy files; their rows stay, and say when and why. Returns how many."""
    files = list(files)
    now = timezone.now()
    MailingFile.objects.filter(pk__in=[file.pk for file in files]).update(destroyed_at=now, destroyed_because=because)
    kept = MailingFile.objects.filter(path__in=[file.path for file in files], destroyed_at=None)
    still_used = set(kept.values_list("path", flat=True))
    paths = [file.path for file in files if file.path not in still_used]
    transaction.on_commit(lambda: _remove(paths))
    return len(files)


def sweep(*, older_than_seconds: int = ORPHAN_SECONDS) -> int:
    """Destroy what nobody needs any more, with the rows that it was made of, and files that no row names; returns how many.

    Young ones without a row are left alone: they may belong to a running transaction.
    """
    kept = timedelta(days=settings.PRINT_KEPT_DAYS)
    over = PrintJob.objects.filter(Q(state__in=OVER) | Q(posted_at__lt=timezone.now() - kept))
    unneeded = MailingFile.objects.filter(destroyed_at=None, job__in=over)
    removed = destroy(unneeded, because="kept as long as was agreed") + destroy(
        _of_erased(), because="a person was erased"
    )
    PrintRow.objects.filter(item__job__in=over).delete()
    return removed + _sweep_orphans(older_than_seconds)


def _of_erased() -> QuerySet[MailingFile]:
    """Once a job is posted its vendor needs no file any more that holds somebody who was erased since."""
    erased = PrintItem.objects.filter(
        job=OuterRef("job"), dispatch=None, delivery_area=None, is_seed=False, sequence__isnull=False
    )
    parts = PrintPart.objects.filter(
        Exists(erased.filter(sequence__gte=OuterRef("first"), sequence__lte=OuterRef("last"))),
        job=OuterRef("job"),
        kind=OuterRef("kind"),
        number=OuterRef("part"),
    )
    posted = (JobState.POSTED, JobState.RECONCILED)
    return MailingFile.objects.filter(Exists(parts), destroyed_at=None, job__state__in=posted)


def _sweep_orphans(older_than_seconds: int) -> int:
    before = time.time() - older_than_seconds
    removed = 0
    for folder in Path(settings.PRINT_ROOT).glob("*"):
        if not (folder.name.isdecimal() and folder.is_dir()):
            continue
        known = set(MailingFile.objects.filter(job=int(folder.name), destroyed_at=None).values_list("path", flat=True))
        for path in folder.iterdir():
            if path.stat().st_mtime < before and f"{folder.name}/{path.name}" not in known:
                path.unlink()
                removed += 1
    return removed


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        _gone(Path(settings.PRINT_ROOT) / path)


def _gone(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _sync(folder: Path) -> None:
    """A rename survives a power cut only when the folder itself was written."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
