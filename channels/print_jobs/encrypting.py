"""Files that are not encrypted to the keys of their vendor that are valid now: written before one was confirmed or revoked.

They are made anew beside, without holding anybody up; then the job gets them all at once, as its next revision, and those
before are destroyed. Jobs that are in production keep what they are printed from; drafts write such parts again.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from .. import encryption_keys
from ..models import JobState, MailingFile, PrintJob, PrintPart
from ..print_files import discard
from . import announcing, made_anew, revising
from .made_anew import Made, Unit
from .steps import OFFERED, Refused, locked, move

BECAUSE = "encrypted to other keys"
ROUNDS = 20  # as often people may be withdrawn while files are made
ALONE = timedelta(minutes=5)  # longer than one file takes


def call_due() -> None:
    """Each minute, and when keys change: ask workers to make anew what is encrypted to other keys, or to none."""
    from .. import tasks  # it imports us

    for job_id in _due():
        tasks.call(tasks.encrypt_print_job, job_id)


def _due() -> list[int]:
    by_vendor: dict[int, list[str]] = {}
    for vendor_id, fingerprint in encryption_keys.valid().order_by("fingerprint").values_list("vendor", "fingerprint"):
        by_vendor.setdefault(vendor_id, []).append(fingerprint)
    found: set[int] = set()
    for vendor_id, fingerprints in by_vendor.items():  # few have keys
        jobs = PrintJob.objects.filter(vendor=vendor_id, state__in=OFFERED)
        found.update(_others(jobs, fingerprints).order_by().values_list("job_id", flat=True).distinct())
    return sorted(found)


def _others(jobs: QuerySet[PrintJob], fingerprints: list[str]) -> QuerySet[MailingFile]:
    latest = MailingFile.objects.filter(job__in=jobs, revision=F("job__revision"), destroyed_at=None)
    return latest.exclude(recipients=fingerprints)


def outdated(job: PrintJob) -> QuerySet[MailingFile]:
    """Its latest files that are not encrypted to exactly the keys that are valid now."""
    return _others(PrintJob.objects.filter(pk=job.pk), encryption_keys.fingerprints(job.vendor))


def begin_again(job: PrintJob) -> bool:
    """Of a locked draft whose parts are written: those that are outdated are to be written again; whether there are any."""
    units = {made_anew.unit(file) for file in outdated(job) if file.part is not None}
    if units:
        # Tables with them, because they say on which pages letters are.
        of_units = Q(kind=PrintPart.Kind.TABLE)
        for kind, number in units:
            of_units |= Q(kind=kind, number=number)
        PrintPart.objects.filter(of_units, job=job).update(written_at=None, tries=0)
    return bool(units)


def encrypt(job_id: int) -> bool:
    """Returns whether nothing outdated is left. Raises ChannelError where it cannot be written; then all is as before."""
    if not _claim(job_id):  # somebody else is at it
        return False
    made: dict[Unit, Made] = {}
    try:
        for _ in range(ROUNDS):
            job = PrintJob.objects.select_related("vendor").get(pk=job_id)
            before = made_anew.by_unit(list(outdated(job)))
            if job.state not in OFFERED or not before or not encryption_keys.in_use(job.vendor).exists():
                return not before
            _make(job, before, made)
            if _swap(job, before, made):
                made = {}
                return True
        return False
    finally:
        discard(file for files in made.values() for file in files)
        PrintJob.objects.filter(pk=job_id).update(renewed_until=None)


def _claim(job_id: int) -> bool:
    """Whoever died with it holds it for a few minutes only."""
    free = Q(renewed_until=None) | Q(renewed_until__lt=timezone.now())
    return PrintJob.objects.filter(free, pk=job_id).update(renewed_until=timezone.now() + ALONE) == 1


def _make(job: PrintJob, before: Mapping[Unit, Made], made: dict[Unit, Made]) -> None:
    """What is missing; what was made in a round before and is not needed any more goes."""
    keys = encryption_keys.fingerprints(job.vendor)
    for unit in list(made):
        if unit not in before or any(file.recipients != keys for file in made[unit]):
            discard(made.pop(unit))
    for unit in before.keys() - made.keys():
        PrintJob.objects.filter(pk=job.pk).update(renewed_until=timezone.now() + ALONE)
        made[unit] = made_anew.make(job, before[unit])


@transaction.atomic
def _swap(seen: PrintJob, before: Mapping[Unit, Made], made: Mapping[Unit, Made]) -> bool:
    """False where the job or the keys are others by now."""
    job = locked(seen.pk)
    now = set(outdated(job).values_list("pk", flat=True))
    is_same = now == {file.pk for files in before.values() for file in files}
    keys = encryption_keys.fingerprints(job.vendor)
    files = [file for unit in made for file in made[unit]]
    if not is_same or job.state not in OFFERED or job.revision != seen.revision:
        return False
    if any(file.recipients != keys for file in files):
        return False
    revision = job.revision + 1
    for file in files:
        file.revision = revision
    leaving = [file for file in _latest(job) if made_anew.unit(file) in made]
    revising.replace(job, leaving, files, revision=revision, because=BECAUSE)
    move(job, JobState.READY, revision=revision)
    announcing.ready(job)
    return True


def _latest(job: PrintJob) -> QuerySet[MailingFile]:
    return MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)


def require_valid(job: PrintJob, file: MailingFile) -> None:
    """Of a file that its vendor asks for. Raises Refused("encryption-pending") where it must not have it so."""
    keys = encryption_keys.known(job.vendor_id)
    valid = {fingerprint for fingerprint, is_valid in keys.items() if is_valid}
    if keys and not valid:
        reason = "none of your keys is confirmed and valid: give us a public key, and your files come encrypted to it"
        raise Refused("encryption-pending", reason, job=job)
    if keys and job.state in OFFERED and not valid.issuperset(file.recipients):
        reason = "this file is encrypted to a key that is not valid any more; it comes anew as the next revision"
        raise Refused("encryption-pending", reason, job=job)
