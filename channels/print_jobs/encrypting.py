"""Files that were written before their vendor's key was confirmed: encrypted as they are, and the readable ones destroyed.

Copies are made beside, without holding anybody up; then the job gets them all at once, as its next revision where its
vendor has been offered the one before. Jobs that are in production keep what they are printed from.
"""

import gzip
import shutil
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.db.models import F, QuerySet

from .. import encryption_keys
from ..mailing_files.packing import BLOCK
from ..models import EncryptionKey, FileKind, JobState, MailingFile, PrintJob, PrintPart
from ..print_files import create, discard, location, publish, retract
from . import announcing, revising
from .steps import BEFORE_PRODUCTION, move

BECAUSE = "encrypted to the vendor's key"
READABLE = MailingFile.objects.filter(encryption="", destroyed_at=None)


def call_due() -> None:
    """Each minute, and when a key is confirmed: ask workers to encrypt what is readable and need not be."""
    from .. import tasks  # it imports us

    keyed = EncryptionKey.objects.filter(revoked_at=None).exclude(confirmed_at=None).values("vendor")
    jobs = PrintJob.objects.filter(state__in=BEFORE_PRODUCTION, vendor__in=keyed)
    latest = READABLE.filter(job__in=jobs, revision=F("job__revision"))
    for job_id in list(latest.order_by("job").values_list("job_id", flat=True).distinct()):
        tasks.call(tasks.encrypt_print_job, job_id)


def readable(job: PrintJob) -> QuerySet[MailingFile]:
    """Its latest files that anybody could read."""
    return READABLE.filter(job=job, revision=job.revision)


def encrypt(job_id: int) -> bool:
    """Returns whether nothing readable is left. Raises ChannelError where it cannot be written; then all is as before."""
    job = PrintJob.objects.select_related("vendor").get(pk=job_id)
    before = list(readable(job).order_by("pk"))
    if job.state not in BEFORE_PRODUCTION or not before or not encryption_keys.in_use(job.vendor).exists():
        return not before
    made: list[MailingFile] = []
    try:
        for file in before:
            made.append(_copied(job, file))
        with transaction.atomic():
            is_done = _swap(job, before, made)
    except BaseException:
        discard(made)
        raise
    if not is_done:
        discard(made)
    return is_done


def _copied(job: PrintJob, file: MailingFile) -> MailingFile:
    """The same words under the same name, encrypted."""
    is_gzipped = file.media_type == "application/gzip"
    name = file.name.removesuffix(".gz") if is_gzipped else file.name
    about = {"part": file.part, "schema_version": file.schema_version, "media_type": file.plain_media_type}
    with create(
        job,
        name,
        revision=job.revision if job.state == JobState.DRAFT else job.revision + 1,
        kind=FileKind(file.kind),
        packing=encryption_keys.packing(job.vendor, is_gzipped=is_gzipped),
        **about,
    ) as made:
        _copy(location(file), made, is_gzipped=is_gzipped)
        made.rows = file.rows
    return made.file


def _copy(path: Path, target, *, is_gzipped: bool) -> None:
    with gzip.open(path) if is_gzipped else open(path, "rb") as source:
        shutil.copyfileobj(source, target, BLOCK)


def _swap(seen: PrintJob, before: Sequence[MailingFile], made: Sequence[MailingFile]) -> bool:
    """False where the job went on meanwhile, so that the copies are of no use."""
    # So that whoever writes a part, and then adds its files to the job, need not wait for us while we wait for them.
    job = PrintJob.objects.select_for_update(of=("self",), no_key=True).get(pk=seen.pk)
    list(PrintPart.objects.select_for_update().filter(job=job).order_by("pk").values_list("pk"))  # whoever writes one
    now = set(readable(job).values_list("pk", flat=True))
    if (job.state == JobState.DRAFT) != (seen.state == JobState.DRAFT) or now != {file.pk for file in before}:
        return False
    if job.state == JobState.DRAFT:
        retract(readable(job))
        publish(made)
        return True
    if job.state not in BEFORE_PRODUCTION or job.revision != seen.revision:
        return False
    revision = job.revision + 1
    revising.replace(job, before, made, revision=revision, because=BECAUSE)
    move(job, JobState.READY, revision=revision)
    announcing.ready(job)
    return True
