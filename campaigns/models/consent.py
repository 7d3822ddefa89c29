"""What a person agreed to, what they refused, and addresses that must not be used. Written by campaigns.consent."""

from django.db import models
from django.db.models.functions import Now

from .customers import Customer, IdentifierKind


class Ground(models.TextChoices):
    """The legal ground on which a channel may be used."""

    CONSENT = "consent", "consent (GDPR Art. 6(1)(a))"
    EXISTING_CUSTOMER = "existing_customer", "existing customer (UWG 7(3))"


class Consent(models.Model):
    """One consent or recorded ground, per channel and purpose, with its proof. Rows are never changed but to withdraw."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=20, help_text="Channel name, e.g. email")
    purpose = models.CharField(max_length=40, default="advertising")
    ground = models.CharField(max_length=20, choices=Ground, default=Ground.CONSENT)
    text_version = models.CharField(max_length=40, blank=True, help_text="Version of the text agreed to")
    proof = models.JSONField(default=dict, blank=True, help_text="E.g. double opt-in request and confirmation times")
    source = models.CharField(max_length=80)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_source = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            # At most one valid consent; eligibility joins on it.
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose"],
                condition=models.Q(withdrawn_at=None),
                name="one_valid_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} of customer {self.customer_id}"


class Objection(models.Model):
    """What a person refused. It beats every consent and stops queued dispatches too."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="objections")
    channel = models.CharField(max_length=20, blank=True, help_text="Empty: every channel")
    campaign = models.ForeignKey(
        "campaigns.Campaign",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Only this campaign, on every channel; empty: whatever it is about",
    )
    received_at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=80)
    note = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True, help_text="When the person asked for advertising again")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel"],
                condition=models.Q(lifted_at=None, campaign=None),
                name="one_standing_objection",
            ),
            models.UniqueConstraint(
                fields=["customer", "campaign"],
                condition=models.Q(lifted_at=None, campaign__isnull=False),
                name="one_standing_objection_to_a_campaign",
            ),
            models.CheckConstraint(
                condition=models.Q(campaign=None) | models.Q(channel=""), name="objection_to_campaign_or_channel"
            ),
        ]

    def __str__(self) -> str:
        scope = f"campaign {self.campaign_id}" if self.campaign_id else self.channel or "every channel"
        return f"{scope}: customer {self.customer_id}"


class SuppressionReason(models.TextChoices):
    BOUNCE = "bounce", "hard bounce"
    SOFT_BOUNCES = "soft_bounces", "repeated soft bounces"
    COMPLAINT = "complaint", "complaint"
    RETURNED_LETTER = "returned_letter", "returned letter"
    OPT_OUT_LIST = "opt_out_list", "national opt-out list"
    DECEASED = "deceased", "reported deceased"
    ERASURE = "erasure", "erased person"


class Suppression(models.Model):
    """An address that must not be used. Only its keyed hash is kept, so it outlives the erasure of the person."""

    kind = models.CharField(max_length=16, choices=IdentifierKind)
    digest = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=20, choices=SuppressionReason)
    source = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        # One a reason: what ends with a list, or is lifted by staff, leaves the other reasons standing.
        constraints = [models.UniqueConstraint(fields=["digest", "reason"], name="suppressed_once_a_reason")]
        permissions = [("lift_suppression", "Can use suppressed addresses again")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_reason_display()}"
