"""Print vendors, their jobs and the immutable files they pull. Job and item states: channels.print_jobs only."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import DeliveryArea, Wave

from .ledger import Dispatch


class Vendor(models.Model):
    """A print partner."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(unique=True)
    contact_email = models.EmailField(blank=True)
    processing_contract = models.CharField(
        max_length=120, blank=True, help_text="Reference of the data processing contract; without one no jobs are made"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class JobState(models.TextChoices):
    READY = "ready"
    DOWNLOADED = "downloaded"
    ACKNOWLEDGED = "acknowledged"
    IN_PRODUCTION = "in_production"
    POSTED = "posted"
    RECONCILED = "reconciled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class PrintJob(models.Model):
    """What one vendor prints for one wave and channel. A job belongs to exactly one vendor for its whole life."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="jobs")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="print_jobs")
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=14, choices=JobState, default=JobState.READY)
    revision = models.PositiveIntegerField(
        default=1, help_text="Of its files; grows with every withdrawal before production"
    )
    acknowledged_revision = models.PositiveIntegerField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    reject_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    state_changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known")]

    def __str__(self) -> str:
        return f"job {self.pk} for {self.vendor}"


class MailingFile(models.Model):
    """One immutable file of a job, as written and closed under PRINT_ROOT."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="files")
    revision = models.PositiveIntegerField()
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=80)
    path = models.CharField(max_length=255, help_text="Below PRINT_ROOT")
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "revision", "name"], name="mailing_file_once")]

    def __str__(self) -> str:
        return self.name


class PrintItemState(models.TextChoices):
    PLANNED = "planned"
    WITHDRAWN = "withdrawn", "withdrawn in time"
    WITHDRAWN_TOO_LATE = "withdrawn_too_late"
    PRODUCED = "produced"
    POSTED = "posted"
    RETURNED = "returned"
    DAMAGED = "damaged"


class PrintItem(models.Model):
    """One row of a job: a letter to a person, or an order for a delivery area."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="items")
    sequence = models.PositiveIntegerField()
    dispatch = models.OneToOneField(
        Dispatch, null=True, blank=True, on_delete=models.CASCADE, related_name="print_item"
    )
    delivery_area = models.ForeignKey(DeliveryArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=18, choices=PrintItemState, default=PrintItemState.PLANNED)
    reason = models.CharField(max_length=80, blank=True)
    state_changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "sequence"], name="print_item_sequence"),
            models.CheckConstraint(
                condition=models.Q(dispatch=None) | models.Q(delivery_area=None), name="print_item_letter_or_area"
            ),
            models.CheckConstraint(condition=models.Q(state__in=PrintItemState.values), name="print_item_state_known"),
        ]

    def __str__(self) -> str:
        return f"item {self.sequence} of job {self.job_id}"
