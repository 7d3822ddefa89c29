"""What the parts of a job hold: bundles of letters, and tables of rows; and which parts are not as they should be."""

from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from .. import valid_keys
from ..mailing_files import formats, schemas
from ..mailing_files.tables import Table
from ..models import FileKind, MailingFile, PrintJob, PrintPart
from ..print_files import create
from ..print_mailing import letters
from . import names
from .replaced import report

KINDS = {
    PrintPart.Kind.LETTERS: (FileKind.LETTERS,),
    PrintPart.Kind.TABLE: (FileKind.TABLE, FileKind.REPORT),
}
Misfits = Callable[[PrintJob, dict[int, str]], None]
PLANNED = """
    SELECT count(*) FROM channels_printitem WHERE job_id = %s AND state = 'planned' AND sequence BETWEEN %s AND %s
"""
# Others are in it than should be; or it is a table that tells on which pages letters are that are set anew.
STALE = """
    WITH changed AS (
        SELECT p.id, p.kind, p.first, p.last FROM channels_printpart p WHERE p.job_id = %(job)s AND p.rows <> (
            SELECT count(*) FROM channels_printitem i
            WHERE i.job_id = p.job_id AND i.state = 'planned' AND i.sequence BETWEEN p.first AND p.last)
    )
    SELECT id FROM changed UNION
    SELECT t.id FROM changed l JOIN channels_printpart t ON t.job_id = %(job)s AND t.kind = 'table'
        AND l.kind = 'letters' AND t.first <= l.last AND t.last >= l.first
"""


def stale_parts(job: PrintJob) -> list[PrintPart]:
    """Letters before tables."""
    with connection.cursor() as cursor:
        cursor.execute(STALE, {"job": job.pk})
        ids = [id_ for (id_,) in cursor.fetchall()]
    return list(PrintPart.objects.filter(pk__in=ids).order_by("kind", "number"))


def are_written(job: PrintJob) -> bool:
    """Of a locked job: whether its parts are there as they should be; those that are stale are to be written again."""
    if PrintPart.objects.filter(job=job, written_at=None).exists():
        return False
    stale = [part.pk for part in stale_parts(job)]
    PrintPart.objects.filter(pk__in=stale).update(written_at=None, tries=0)
    return not stale


def write(job: PrintJob, part: PrintPart, *, revision: int, misfits: Misfits | None = None) -> list[MailingFile]:
    """The files of one part, unsaved; none where nothing is left in it.

    `misfits` is told of letters that cannot be printed; without it they are an error.
    """
    if part.kind == PrintPart.Kind.LETTERS:
        packing = valid_keys.packing(job.vendor)
        files = letters.write_bundle(job, part, revision=revision, packing=packing, misfits=misfits)
    else:
        files = _write_table(job, part, revision)
    part.rows = sum(file.rows for file in files if file.kind == part.kind)  # whoever is withdrawn meanwhile is in them
    part.written_at = timezone.now()
    part.save(update_fields=["rows", "written_at"])
    return files


def _write_table(job: PrintJob, part: PrintPart, revision: int) -> list[MailingFile]:
    if not _planned(part):
        return []
    choice = formats.of_spec(job.spec)
    packing = valid_keys.packing(job.vendor, is_gzipped=choice.is_gzipped)
    table = Table(job.pk, tuple(job.spec["columns"]), part.first, part.last)
    name = names.of_table(job, part)
    beside = report(job, f"{name}-replaced.csv", revision=revision, part=part.number, packing=packing)
    with (
        beside as told,
        create(
            job,
            f"{name}.{choice.format}",
            revision=revision,
            kind=FileKind.TABLE,
            part=part.number,
            media_type=choice.media_type,
            packing=packing,
            schema_version=schemas.VERSION,
        ) as made,
    ):
        choice.write(made, table, note=told.note)
    return [one.file for one in (made, told.made) if one and one.rows]


def _planned(part: PrintPart) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PLANNED, [part.job_id, part.first, part.last])
        return cursor.fetchone()[0]
