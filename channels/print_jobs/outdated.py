"""Which files of a job are encrypted to other keys than are valid now, or to none."""

from django.db.models import Q

from .. import valid_keys
from ..models import FileKind, MailingFile, PrintJob, PrintPart
from .made_anew import Made, Unit, by_unit


def files(job: PrintJob) -> dict[Unit, Made]:
    """Its latest files by unit, of those of which any is not encrypted to exactly the keys that are valid now."""
    latest = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    keys = valid_keys.fingerprints(job.vendor)
    units = by_unit(list(latest))
    return {unit: made for unit, made in units.items() if any(file.recipients != keys for file in made)}


def begin_again(job: PrintJob) -> bool:
    """Of a locked draft whose parts are written: those that are outdated are to be written again; whether there are any."""
    parts = [(kind, number) for kind, number in files(job) if number is not None]
    if parts:  # and all tables, because they say on which pages letters are
        letters = Q(kind=PrintPart.Kind.LETTERS, number__in=[n for kind, n in parts if kind == FileKind.LETTERS])
        tables = Q(kind=PrintPart.Kind.TABLE)
        PrintPart.objects.filter(letters | tables, job=job).update(written_at=None, tries=0)
    return bool(parts)
