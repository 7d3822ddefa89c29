"""Files of an offered job made a second time, in packing of today: nothing of the job changes, and nobody waits for it.

What can be read is packed as it is. What only others can open is made from the rows: the same people on the same pages.
"""

import gzip
import shutil
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from django.db import transaction

from .. import valid_keys
from ..base import ChannelError
from ..direct_post import leaflets
from ..mailing_files.packing import BLOCK
from ..models import FileKind, MailingFile, PrintJob, PrintPart, PrintRow
from ..print_files import create, discard, location
from . import area_totals, bundle_list, contents, proof_prints

Unit = tuple[str, int | None]  # what is made together: kind, and number of the part
Made = list[MailingFile]  # unsaved


def unit(file: MailingFile) -> Unit:
    """The report of what was replaced in a table comes with the table."""
    return (FileKind.TABLE if file.kind == FileKind.REPORT else file.kind, file.part)


def by_unit(files: Sequence[MailingFile]) -> dict[Unit, Made]:
    """Letters before tables, as they depend on each other."""
    ordered = sorted(files, key=lambda file: (str(file.kind), file.part or 0, file.pk))
    found: dict[Unit, Made] = {}
    for key, group in groupby(ordered, key=unit):
        found.setdefault(key, []).extend(group)
    return found


def make(job: PrintJob, files: Sequence[MailingFile]) -> Made:
    """The same once more, of one unit. Raises ChannelError where it cannot be written, or would not be the same."""
    if not any(file.encryption for file in files):
        return [_packed(job, file) for file in files]
    return MAKERS[FileKind(unit(files[0])[0])](job, files)


def _packed(job: PrintJob, file: MailingFile) -> MailingFile:
    is_gzipped = file.media_type == "application/gzip"
    about = {"part": file.part, "schema_version": file.schema_version, "media_type": file.plain_media_type}
    packing = valid_keys.packing(job.vendor, is_gzipped=is_gzipped)
    with create(
        job, file.plain_name, revision=_revision(job), kind=FileKind(file.kind), packing=packing, **about
    ) as made:
        _copy(location(file), made, is_gzipped=is_gzipped)
        made.rows = file.rows
    return made.file


def _copy(path: Path, target, *, is_gzipped: bool) -> None:
    with gzip.open(path) if is_gzipped else open(path, "rb") as source:
        shutil.copyfileobj(source, target, BLOCK)


def _part(job: PrintJob, files: Sequence[MailingFile]) -> Made:
    """What is noted about the part while it is written stays as it was: its vendor may have the file from before."""
    kind, number = unit(files[0])
    part = PrintPart.objects.get(job=job, kind=kind, number=number)
    with transaction.atomic():
        before = _places(part)
        made = contents.write(job, part, revision=_revision(job))
        if _places(part) != before:
            discard(made)
            raise ChannelError(
                f"letters of job {job.pk} would stand on other pages than its tables say", permanent=True, code="pages"
            )
        transaction.set_rollback(True)
    return made


def _places(part: PrintPart) -> list[tuple]:
    rows = PrintRow.objects.filter(item__job=part.job_id, item__sequence__range=(part.first, part.last))
    return list(rows.order_by("pk").values_list("pk", "document", "first_page", "pages"))


def _proof(job: PrintJob, files: Sequence[MailingFile]) -> Made:
    with transaction.atomic():
        made = proof_prints.write(job, revision=_revision(job))
        transaction.set_rollback(True)
    return made


def _leaflets(job: PrintJob, files: Sequence[MailingFile]) -> Made:
    return leaflets.again(job, [file.plain_name for file in files], revision=_revision(job))


def _revision(job: PrintJob) -> int:
    return job.revision + 1


MAKERS: dict[FileKind, Callable[[PrintJob, Sequence[MailingFile]], Made]] = {
    FileKind.LETTERS: _part,
    FileKind.TABLE: _part,
    FileKind.PROOF: _proof,
    FileKind.BUNDLES: lambda job, files: bundle_list.write(job, revision=_revision(job)),
    FileKind.TOTALS: lambda job, files: area_totals.write(job, revision=_revision(job)),
    FileKind.LEAFLET: _leaflets,
}
