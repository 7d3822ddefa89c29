"""Files that are not encrypted to the keys of their vendor that are valid now: written before one was confirmed or revoked.

They are made anew beside, without holding anybody up; then the job gets them all at once, as its next revision, and those
before are destroyed. Jobs that are in production keep what they are printed from; drafts write such parts again.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import calls, queues, valid_keys
from ..base import ChannelError
from ..models import JobState, MailingFile, PrintJob
from ..print_files import discard
from . import announcing, made_anew, outdated, revising, writing
from .made_anew import Made, Unit
from .steps import OFFERED, Refused, locked, move

BECAUSE = "encrypted to other keys"
ROUNDS = 20  # as often people may be withdrawn while files are made
ALONE = timedelta(minutes=5)  # longer than one file takes


def call_due() -> None:
    """Each minute, and when keys change: ask workers to make anew what is encrypted to other keys, or to none."""
    for job_id in _due():
        calls.call(queues.ENCRYPT_PRINT_JOB, job_id)


def _due() -> list[int]:
    by_vendor: dict[int, list[str]] = {}
    for vendor_id, fingerprint in valid_keys.every().order_by("fingerprint").values_list("vendor", "fingerprint"):
        by_vendor.setdefault(vendor_id, []).append(fingerprint)
    found: set[int] = set()
    for vendor_id, fingerprints in by_vendor.items():  # few have keys
        jobs = PrintJob.objects.filter(vendor=vendor_id, state__in=OFFERED, stale_at=None)
        latest = MailingFile.objects.filter(job__in=jobs, revision=F("job__revision"), destroyed_at=None)
        found.update(latest.exclude(recipients=fingerprints).values_list("job_id", flat=True).distinct())
    return sorted(found)


def encrypt(job_id: int) -> bool:
    """Returns whether nothing outdated is left. Raises ChannelError where it cannot be written; then all is as before."""
    if not _claim(job_id):  # somebody else is at it
        return False
    made: dict[Unit, Made] = {}
    try:
        for _ in range(ROUNDS):
            _finish_revision(job_id)
            job = PrintJob.objects.select_related("vendor").get(pk=job_id)
            before = outdated.files(job)
            if job.state not in OFFERED or not before or not valid_keys.of(job.vendor).exists():
                return not before
            if _make(job, before, made) and _swap(job, before, made):
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


def _finish_revision(job_id: int) -> None:
    """What was withdrawn from a large job comes first, along with whoever is at it."""
    while PrintJob.objects.filter(pk=job_id, state__in=OFFERED).exclude(stale_at=None).exists():
        if not writing.write(job_id):
            writing.wait(job_id)


def _make(job: PrintJob, before: Mapping[Unit, Made], made: dict[Unit, Made]) -> bool:
    """What is missing; what was made in a round before and is not needed any more goes. False: letters were withdrawn."""
    keys = valid_keys.fingerprints(job.vendor)
    for unit in list(made):
        if unit not in before or any(file.recipients != keys for file in made[unit]):
            discard(made.pop(unit))
    for unit in [unit for unit in before if unit not in made]:
        PrintJob.objects.filter(pk=job.pk).update(renewed_until=timezone.now() + ALONE)
        if (again := _again(job, before[unit])) is None:
            return False
        made[unit] = again
    return True


def _again(job: PrintJob, files: Made) -> Made | None:
    """None: letters were withdrawn from the job meanwhile, so these will be others."""
    try:
        return made_anew.make(job, files)
    except ChannelError:
        if PrintJob.objects.filter(pk=job.pk, stale_at=None).exists():
            raise
        return None


@transaction.atomic
def _swap(seen: PrintJob, before: Mapping[Unit, Made], made: Mapping[Unit, Made]) -> bool:
    """False where the job or the keys are others by now."""
    job = locked(seen.pk)
    if job.state not in OFFERED or job.stale_at or job.revision != seen.revision or outdated.files(job) != before:
        return False
    files = [file for unit in made for file in made[unit]]
    keys = valid_keys.fingerprints(job.vendor)
    if any(file.recipients != keys for file in files):
        return False
    revision = job.revision + 1
    for file in files:
        file.revision = revision
    leaving = [file for of_unit in before.values() for file in of_unit]
    revising.replace(job, leaving, files, revision=revision, because=BECAUSE)
    move(job, JobState.READY, revision=revision)
    announcing.ready(job)
    return True


def require_valid(job: PrintJob, file: MailingFile) -> None:
    """Of a file that its vendor asks for. Raises Refused("encryption-pending") where it must not have it so."""
    keys = valid_keys.known(job.vendor_id)
    valid = {fingerprint for fingerprint, is_valid in keys.items() if is_valid}
    if keys and not valid:
        reason = "none of your keys is confirmed and valid: give us a public key, and your files come encrypted to it"
        raise Refused("encryption-pending", reason, job=job)
    if keys and job.state in OFFERED and not valid.issuperset(file.recipients):
        reason = "this file is encrypted to a key that is not valid any more; it comes anew as the next revision"
        raise Refused("encryption-pending", reason, job=job)
