"""Who at a vendor is asked about what, and the record of who asked us for what."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .keys import ApiKey
from .print import Vendor


class VendorContact(models.Model):
    """A person at a vendor."""

    class Role(models.TextChoices):
        PRODUCTION = "production"
        TECHNICAL = "technical", "technical: interfaces and keys"
        PRIVACY = "privacy", "privacy: data protection"
        BILLING = "billing"

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    role = models.CharField("is asked about", max_length=10, choices=Role, default=Role.PRODUCTION)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["role", "name"]
        verbose_name = "contact"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(email="") | ~models.Q(phone=""), name="vendor_contact_reachable"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who asked for what, when, from where, and with what result. Written by channels.access.audit and never changed.

    The database refuses every change, and every deletion of what is younger than 90 days. Rows are named by their ids
    without constraints, so that an entry outlives what it names.
    """

    class Outcome(models.TextChoices):
        OK = "ok", "done"
        REFUSED = "refused"
        FAILED = "failed"

    at = models.DateTimeField(db_default=Now(), editable=False)
    action = models.CharField(max_length=60, help_text="The name of the route, or what staff did")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OK)
    vendor = models.ForeignKey(
        Vendor, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True, help_text="Of who asked")
    facts = models.JSONField(default=dict, help_text="Numbers and names of ours; nothing of any customer")

    class Meta:
        verbose_name_plural = "audit log"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["ok", "refused", "failed"]), name="audit_outcome_known"
            )
        ]
        indexes = [
            # What one vendor did, what became of one job, and what is old: newest first.
            models.Index(fields=["vendor", "id"], name="audit_of_vendor"),
            models.Index(fields=["object_type", "object_id", "id"], name="audit_of_object"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.outcome}"
