"""What vendors are told as it happens, besides what they find when they ask. Within the transaction of what happened."""

from .. import webhooks
from ..models import PrintJob, WebhookType


def ready(job: PrintJob) -> None:
    """There are files to fetch."""
    webhooks.announce(job.vendor, WebhookType.JOB_READY, {"job": job.pk, "revision": job.revision})


def withdrawn(job: PrintJob, *, seq: int) -> None:
    """Letters of what the vendor has fetched must not be printed, up to this number of its list."""
    told = {"job": job.pk, "revision": job.revision, "seq": seq}
    webhooks.announce(job.vendor, WebhookType.JOB_WITHDRAWAL, told)


def cancelled(job: PrintJob) -> None:
    """It is not wanted any more: cancelled or expired."""
    webhooks.announce(job.vendor, WebhookType.JOB_CANCELLED, {"job": job.pk, "state": str(job.state)})


def purged(job: PrintJob) -> None:
    """Our files of it are destroyed; the vendor's certificate is due."""
    webhooks.announce(job.vendor, WebhookType.FILE_PURGED, {"job": job.pk})
