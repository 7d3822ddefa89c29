"""Providers that take our e-mails. Where none is configured, EMAIL_URL is the only one."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now


class MailProvider(models.Model):
    """One of several ways for e-mails to leave; what its URL may be is told by channels.email.providers."""

    name = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Small letters, digits and hyphens")],
        help_text="Stands beside every attempt, in speed limits and in the log",
    )
    sealed_url = models.TextField(editable=False, help_text="Encrypted: it holds a password or a key")
    weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(1000)],
        help_text="Its share of all e-mails; 0: only while none of the others works",
    )
    senders = models.TextField(
        blank=True, help_text="Addresses and domains that it may send for, one a line; empty: any"
    )
    connections = models.PositiveSmallIntegerField(
        default=16, validators=[MinValueValidator(1), MaxValueValidator(1000)], help_text="At once, from each worker"
    )
    messages_a_connection = models.PositiveIntegerField(
        default=1000, validators=[MinValueValidator(1)], help_text="Then it is closed and opened anew"
    )
    is_enabled = models.BooleanField("enabled", default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-weight", "name"]

    def __str__(self) -> str:
        return self.name
