"""The immutable files of a print job: written aside, made durable, given their name, and never touched again.

    PRINT_ROOT / <job> / <revision>-<random> / <name>

A folder counts only once MailingFile rows name its files. What a rolled-back transaction leaves behind is therefore
never offered, and sweep() clears it away, as it does with addresses that nobody needs any more.
"""

import csv
import hashlib
import io
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from .base import ChannelError
from .models import JobState, MailingFile, PrintJob

CSV_TYPE = "text/csv; charset=utf-8; header=present"
PDF_TYPE = "application/pdf"
ORPHAN_SECONDS = 24 * 3600  # longer than any transaction and any download
KEPT_FOR = timedelta(days=14)  # after posting


@dataclass
class Folder:
    """The files of one revision while they are written. Pass `written` on to MailingFile rows."""

    job_id: int
    revision: int
    path: Path
    written: list[MailingFile] = field(default_factory=list)

    def add_csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Strict RFC 4180: comma, CRLF, quotes where needed. Cells stay as they are, for machines read them."""
        with self._create(name) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
            out = csv.writer(text, lineterminator="\r\n")
            out.writerow(header)
            count = 0
            for row in rows:
                out.writerow(row)
                count += 1
            text.flush()
            os.fsync(raw.fileno())
        self._note(name, CSV_TYPE, count)

    def add(self, name: str, data: bytes, *, media_type: str, rows: int) -> None:
        with self._create(name) as raw:
            raw.write(data)
            raw.flush()
            os.fsync(raw.fileno())
        self._note(name, media_type, rows)

    def carry_over(self, file: MailingFile) -> None:
        """A file that is the same in this revision costs nothing: the same content under a second name."""
        os.link(location(file), self.path / file.name)
        self._note(file.name, file.media_type, file.rows)

    def _create(self, name: str) -> BinaryIO:
        return open(self.path / name, "xb")

    def _note(self, name: str, media_type: str, rows: int) -> None:
        path = self.path / name
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        path.chmod(0o440)
        self.written.append(
            MailingFile(
                job_id=self.job_id,
                revision=self.revision,
                name=name,
                media_type=media_type,
                rows=rows,
                bytes=path.stat().st_size,
                sha256=digest,
            )
        )


@contextmanager
def folder(job: PrintJob, *, revision: int) -> Iterator[Folder]:
    """Write a revision's files. When the block ends, the folder is durable under its final name; on error it is gone."""
    parent = Path(settings.PRINT_ROOT) / str(job.pk)
    parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    name = f"{revision}-{secrets.token_hex(4)}"
    partial = parent / f".{name}.partial"
    partial.mkdir(mode=0o750)
    made = Folder(job.pk, revision, partial)
    try:
        yield made
        _sync(partial)
        partial.rename(parent / name)
        _sync(parent)
    except OSError as error:  # e.g. the disk is full: whoever asked tries again later
        shutil.rmtree(partial, ignore_errors=True)
        raise ChannelError(f"the files cannot be written: {error.strerror}", permanent=False) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    for file in made.written:
        file.path = f"{job.pk}/{name}/{file.name}"


def location(file: MailingFile) -> Path:
    return Path(settings.PRINT_ROOT) / file.path


def read_csv(file: MailingFile) -> Iterator[dict[str, str]]:
    """The rows of one of our own files."""
    with open(location(file), encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def sweep(*, older_than_seconds: int = ORPHAN_SECONDS) -> int:
    """Destroy folders that nobody may download any more, and those that no file row names; returns how many.

    Young ones are left alone: they may belong to a running transaction, or to a download.
    """
    before = time.time() - older_than_seconds
    removed = 0
    for path in Path(settings.PRINT_ROOT).glob("*/*"):
        is_ours = path.parent.name.isdecimal() and path.is_dir()
        if is_ours and path.stat().st_mtime < before and not _is_needed(path):
            shutil.rmtree(path)
            removed += 1
    return removed


def _is_needed(path: Path) -> bool:
    """Whether a vendor still prints from this folder: the latest revision of a job that is neither over nor long posted."""
    jobs = PrintJob.objects.exclude(state__in=(JobState.CANCELLED, JobState.REJECTED))
    job = jobs.exclude(posted_at__lt=timezone.now() - KEPT_FOR).filter(pk=int(path.parent.name)).first()
    latest = MailingFile.objects.filter(job=job, revision=job.revision) if job else MailingFile.objects.none()
    return latest.filter(path__startswith=f"{path.parent.name}/{path.name}/").exists()


def _sync(path: Path) -> None:
    """A rename survives a power cut only when the folder itself was written."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
