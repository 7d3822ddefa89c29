"""What is kept as proof of a print job: letters taken back, and the vendor's word that it destroyed what it had."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .print import PrintItem, PrintJob


class PrintWithdrawal(models.Model):
    """A letter that the vendor must not print, or should not have. One that it never fetched is in no list."""

    class Reason(models.TextChoices):
        OBJECTION = "objection"
        ERASURE = "erasure"
        SUPPRESSION = "suppression"
        BOUNCE = "bounce", "its address returned mail"
        CANCELLED = "cancelled"

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="withdrawals", db_index=False)
    seq = models.PositiveIntegerField(help_text="Running within the job, from 1")
    item = models.OneToOneField(PrintItem, on_delete=models.CASCADE, related_name="withdrawal")
    reason = models.CharField(max_length=12, choices=Reason)
    in_time = models.BooleanField(help_text="Before the point of no return")
    withdrawn_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    # Of a letter withdrawn too late: what a person did about it.
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    handling = models.CharField(max_length=300, blank=True, help_text="What was done about it")

    class Meta:
        verbose_name = "print withdrawal"
        verbose_name_plural = "letters withdrawn too late"  # in the admin, the others stand with their jobs
        permissions = [("handle_printwithdrawal", "Can say what was done about a letter withdrawn too late")]
        constraints = [
            models.UniqueConstraint(fields=["job", "seq"], name="print_withdrawal_seq"),
            models.CheckConstraint(
                condition=models.Q(reason__in=["objection", "erasure", "suppression", "bounce", "cancelled"]),
                name="print_withdrawal_reason_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["withdrawn_at"],
                condition=models.Q(in_time=False, handled_at=None),
                name="print_exception_open",
            )
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.seq} of job {self.job_id}"


class DeletionCertificate(models.Model):
    """The vendor confirms that it destroyed its copies of a job's files."""

    job = models.OneToOneField(PrintJob, on_delete=models.PROTECT, related_name="deletion_certificate")
    deleted_at = models.DateTimeField(help_text="As the vendor says")
    method = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="The vendor's own number")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"deletion certificate of job {self.job_id}"
