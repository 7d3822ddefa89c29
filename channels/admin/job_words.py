"""What comes next for a print job and who has to do it, and what its vendor found wrong with it, as staff read it."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import localize

from channels import valid_keys
from channels.base import ChannelError
from channels.models import JobState, PrintItem, PrintJob
from channels.print_jobs import deletion, steps, withdrawal_list


def comes_next(job: PrintJob) -> str:
    words = NEXT[JobState(job.state)]
    return words if isinstance(words, str) else words(job)


def wrong(job: PrintJob) -> list[dict[str, str]]:
    """What the vendor said when it rejected the job, line by line: what, and where (file, number of the row)."""
    return [
        {
            "what": ": ".join(filter(None, (one["code"].replace("_", " "), one.get("text", "")))),
            "where": ", ".join(
                filter(None, (one.get("file"), f"row {one['sequence']}" if one.get("sequence") else ""))
            ),
        }
        for one in job.reject_details
    ]


def _draft(job: PrintJob) -> str:
    try:
        valid_keys.packing(job.vendor)
    except ChannelError:
        return (
            "Nothing of it is written: no key of its vendor is confirmed and valid. Confirm one on the vendor's page."
        )
    if job.gathered_at:
        return "Its files are being written; its vendor sees it when they are all there."
    return "More may still join it. Its files are written when the last one has, or when you finish it."


def _offered(said: str) -> Callable[[PrintJob], str]:
    """Before production; what keeps it from the press is said first."""

    def words(job: PrintJob) -> str:
        if steps.is_past_cut_off(job):
            return "Its cut-off is over: it expires within a minute."
        if job.stale_at:
            return ""  # the page says which files it waits for
        if waiting := withdrawal_list.unacknowledged(job).count():
            letters = "letter" if waiting == 1 else "letters"
            return f"Its vendor has not acknowledged {waiting:,} withdrawn {letters} yet, and may not begin before."
        return said

    return words


def _posted(job: PrintJob) -> str:
    left = PrintItem.objects.filter(job=job, state__in=steps.OPEN).aggregate(pieces=Sum("quantity", default=0))
    return f"Its vendor has to say what became of {left['pieces']:,} pieces that are not accounted for yet."


def _reconciled(job: PrintJob) -> str:
    if job.posted_at is None:
        return "Every piece is accounted for."
    until = timezone.localdate(job.posted_at + timedelta(days=settings.PRINT_KEPT_DAYS))
    when = f"after {localize(until)}" if until > timezone.localdate() else "at night"
    return f"Every piece is accounted for. Our files are destroyed {when}. {_certificate(job)}".strip()


def _over(said: str) -> Callable[[PrintJob], str]:
    return lambda job: f"{said} {_certificate(job)}".strip()


def _certificate(job: PrintJob) -> str:
    if hasattr(job, "deletion_certificate"):
        return "Its vendor has certified that its copies are destroyed, too."
    due = deletion.due_at(job)
    return f"Its vendor has to certify by {localize(timezone.localdate(due))} that its copies are." if due else ""


NEXT: dict[JobState, str | Callable[[PrintJob], str]] = {
    JobState.DRAFT: _draft,
    JobState.READY: _offered("It waits for its vendor to fetch the files."),
    JobState.DOWNLOADED: _offered("Its vendor has fetched files, and has yet to acknowledge that all came whole."),
    JobState.ACKNOWLEDGED: _offered("Its vendor has all files as they are now, and may begin to print."),
    JobState.IN_PRODUCTION: "Its vendor prints it. Whoever objects now is withdrawn too late.",
    JobState.PRINTED: "It is printed, and its vendor has yet to give it to the carrier.",
    JobState.POSTED: _posted,
    JobState.RECONCILED: _reconciled,
    JobState.PURGED: _over("Every piece is accounted for, and our files are destroyed."),
    JobState.CANCELLED: _over("Nothing of it is printed. Our files are destroyed at night."),
    JobState.REJECTED: _over(
        "Its vendor does not print it: its dispatches have failed, and a new wave can plan them again. Our files are destroyed at night."
    ),
    JobState.EXPIRED: _over(
        "Nothing of it is printed: its dispatches have failed, and a new wave can plan them again. Our files are destroyed at night."
    ),
}
