"""Mails that came back, each once, and failed deliveries as they count for an address."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .ledger import Dispatch


class InboundMail(models.Model):
    """One mail that came back. Its content is kept only where a person has to look, and not for long."""

    class Kind(models.TextChoices):
        BOUNCE = "bounce"
        DELAY = "delay", "delayed, still being tried"
        DELIVERED = "delivered"
        COMPLAINT = "complaint"
        UNSUBSCRIBED = "unsubscribed", "asked to unsubscribe"
        AUTOMATIC = "automatic", "automatic answer"
        NO_ACTION = "no_action", "report of which nothing follows"
        NOT_OURS = "not_ours", "about no mail of ours"
        OTHER = "other", "something else"
        UNREADABLE = "unreadable"

    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    way = models.CharField(max_length=8, help_text="How it came: lmtp, smtp, imap")
    kind = models.CharField(max_length=12, choices=Kind)
    note = models.CharField(max_length=200, blank=True, help_text="What it said; nothing personal")
    dispatch_id = models.BigIntegerField(null=True, blank=True, help_text="The dispatch that it is about")
    size = models.PositiveIntegerField(help_text="In bytes")
    content = models.BinaryField(null=True, editable=False)
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "returned mail"
        indexes = [
            # For a person to look at.
            models.Index(
                fields=["id"],
                condition=models.Q(kind__in=["unreadable", "not_ours", "other"], seen_at=None),
                name="inbound_to_see",
            ),
            models.Index(fields=["received_at"], name="inbound_by_time"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} ({self.kind})"


FOR_A_PERSON = (InboundMail.Kind.UNREADABLE, InboundMail.Kind.NOT_OURS, InboundMail.Kind.OTHER)


class Bounce(models.Model):
    """A failed delivery, once a dispatch: for the address by its keyed hash, for staff by reason and domain."""

    class Severity(models.TextChoices):
        HARD = "hard", "the address does not work"
        SOFT = "soft", "not at the moment"
        BLOCK = "block", "refused, whatever the address"

    dispatch = models.OneToOneField(Dispatch, on_delete=models.CASCADE, related_name="bounce")
    kind = models.CharField(max_length=16, help_text="Of the identifier")
    digest = models.BinaryField(max_length=32)
    domain = models.CharField(max_length=255, blank=True, help_text="What follows the @")
    severity = models.CharField(max_length=8, choices=Severity)
    reason = models.CharField(max_length=80, blank=True)
    code = models.CharField(max_length=20, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Soft bounces of one address.
            models.Index(fields=["digest", "occurred_at"], name="bounces_of_address"),
            models.Index(fields=["occurred_at"], name="bounce_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.severity} bounce of dispatch {self.dispatch_id}"
