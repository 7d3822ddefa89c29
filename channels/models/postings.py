"""What a vendor gave to the carrier of a job, each time that it did; channels.print_jobs.posting writes it."""

from django.db import models
from django.db.models.functions import Now

from .print import PrintJob


class PrintPosting(models.Model):
    """Pieces of a job that were posted together, with the carrier's receipt; never changed."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="postings", db_index=False)
    pieces = models.PositiveIntegerField()
    posted_at = models.DateTimeField(help_text="As the vendor says")
    receipt = models.CharField(max_length=80, help_text="The carrier's number; the same one is one posting")
    postage_cents = models.PositiveBigIntegerField(null=True, blank=True, help_text="As the vendor paid it")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["job", "receipt"], name="print_posting_once")]

    def __str__(self) -> str:
        return f"posting {self.receipt} of job {self.job_id}"
