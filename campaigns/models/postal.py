"""What came back by post about a customer's address. Written by campaigns.postal."""

from django.db import models
from django.db.models.functions import Now

from .customers import Customer, Household


class ReturnReason(models.TextChoices):
    """What vendors report; what follows from each: campaigns.postal.reasons."""

    MOVED = "moved", "moved, the new address is not known"
    UNKNOWN = "unknown", "unknown at this address"
    NO_SUCH_NUMBER = "no_such_number", "no such house number"
    NO_SUCH_STREET = "no_such_street", "no such street or place"
    INCOMPLETE = "incomplete", "incomplete address"
    NO_LETTERBOX = "no_letterbox", "no letterbox, or the house stands empty"
    REFUSED = "refused", "the addressee refused it"
    NOT_COLLECTED = "not_collected", "not collected in time"
    DECEASED = "deceased", "the addressee is deceased"
    CLOSED_DOWN = "closed_down", "the company is no more"
    PIECE = "piece", "something was wrong with the piece, not with the address"
    OTHER = "other", "another reason, or none was told"


class PostalReport(models.Model):
    """One returned piece, or one move to a new address; told twice under one key it is one."""

    class Kind(models.TextChoices):
        RETURNED = "returned", "a piece came back"
        MOVED = "moved", "moved to a new address"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="postal_reports")
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(max_length=20, choices=ReturnReason, blank=True)
    household = models.ForeignKey(
        Household,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="To which it was addressed, or from which they moved",
    )
    reported_at = models.DateTimeField(help_text="When it happened, as the reporter says")
    source = models.CharField(max_length=80)
    source_key = models.CharField(max_length=80)
    is_applied = models.BooleanField(default=True, help_text="Not, where something newer was known already")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "returned post"
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="postal_report_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.customer.customer_number}"
