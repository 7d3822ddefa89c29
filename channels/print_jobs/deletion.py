"""The end of a job's data: we destroy our files and keep the proof; the vendor certifies that it destroyed its own.

A certificate is due so many days after the job was posted, or came to nothing. A vendor that owes one gets no new jobs.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..models import DeletionCertificate, JobState, MailingFile, PrintJob, Vendor
from . import announcing
from .steps import OVER_UNPRINTED, Refused, locked, move, require, touch

log = logging.getLogger(__name__)
OVER = (JobState.POSTED, JobState.RECONCILED, JobState.PURGED, *OVER_UNPRINTED)


@dataclass(frozen=True)
class Certificate:
    """What a vendor says about its own copies."""

    deleted_at: datetime
    method: str = ""
    reference: str = ""


def purge_over() -> int:
    """Close the reconciled jobs of which no file of ours is left; returns how many."""
    kept = MailingFile.objects.filter(destroyed_at=None).values("job")
    done = PrintJob.objects.filter(state=JobState.RECONCILED).exclude(pk__in=kept).order_by("pk")
    return sum(_purge(job_id) for job_id in list(done.values_list("pk", flat=True)))


@transaction.atomic
def _purge(job_id: int) -> bool:
    job = locked(job_id)
    if job.state != JobState.RECONCILED:
        return False
    move(job, JobState.PURGED)
    announcing.purged(job)
    return True


@transaction.atomic
def certify(job_id: int, certificate: Certificate) -> PrintJob:
    """The vendor has destroyed its copies of this job's files. Once said, it stays."""
    job = locked(job_id)
    require(job, "deletion-certificate")
    ended_at = job.posted_at or job.state_changed_at
    if certificate.deleted_at < ended_at:
        reason = f"deleted_at must not be before the job ended, {ended_at.isoformat()}"
        raise Refused("deleted-too-early", reason, job=job)
    known = DeletionCertificate.objects.filter(job=job).first()
    if known is None:
        DeletionCertificate.objects.create(
            job=job,
            deleted_at=certificate.deleted_at,
            method=certificate.method,
            reference=certificate.reference,
        )
        touch(job)
    return job


def due_at(job: PrintJob) -> datetime | None:
    """When the vendor's certificate is due; None for a job that goes on, or of which it fetched nothing."""
    if job.state not in OVER or job.pulled_revision is None:
        return None
    return (job.posted_at or job.state_changed_at) + _days()


def owed() -> QuerySet[PrintJob]:
    """Jobs whose certificates are overdue, the oldest first, with `due_at`."""
    due = ExpressionWrapper(Coalesce("posted_at", F("state_changed_at")) + _days(), output_field=DateTimeField())
    over = PrintJob.objects.filter(state__in=OVER, pulled_revision__isnull=False, deletion_certificate=None)
    return over.annotate(due_at=due).filter(due_at__lt=timezone.now()).order_by("due_at")


def owed_by(vendor: Vendor) -> PrintJob | None:
    """The oldest job of which this vendor should have destroyed its files long ago, and has not said so."""
    return owed().filter(vendor=vendor).first()


def remind_of_certificates() -> int:
    """Say in the log, each night, who owes a certificate; returns how many are owed. The admin shows it as well."""
    owing = list(owed().values_list("pk", "vendor_id"))
    for job_id, vendor_id in owing:
        log.warning("vendor %s owes the deletion certificate of print job %s and gets no new jobs", vendor_id, job_id)
    return len(owing)


def _days() -> timedelta:
    return timedelta(days=settings.DELETION_CERTIFICATE_DAYS)
