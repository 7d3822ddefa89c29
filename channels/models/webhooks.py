"""What vendors are told without asking: events, where each is sent, and what became of it. Written by channels.webhooks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .print import Vendor


class WebhookType(models.TextChoices):
    """Another event is another line here."""

    JOB_READY = "job.ready", "job.ready: a job waits"
    JOB_WITHDRAWAL = "job.withdrawal", "job.withdrawal: letters were withdrawn"
    JOB_CANCELLED = "job.cancelled", "job.cancelled: a job is not printed"
    FILE_PURGED = "file.purged", "file.purged: our copy is destroyed"
    PING = "ping", "ping: a try from the admin"


class WebhookEndpoint(models.Model):
    """Where a vendor wants to be told. Its secrets are sealed; the former one signs as well until `former_until`."""

    class Health(models.TextChoices):
        UNKNOWN = "unknown", "not called yet"
        WORKS = "works"
        FAILING = "failing"
        DISABLED = "disabled", "disabled: calls failed for days"
        GONE = "gone", "wants no more (410)"

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField("address", max_length=500, help_text="Begins with https://")
    types = ArrayField(
        models.CharField(max_length=24, choices=WebhookType),
        default=list,
        blank=True,
        verbose_name="events",
        help_text="Empty: all",
    )
    is_active = models.BooleanField(default=True)
    sealed_secret = models.TextField(editable=False)
    sealed_former = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, blank=True, editable=False)
    health = models.CharField(max_length=8, choices=Health, default=Health.UNKNOWN, editable=False)
    health_reason = models.CharField(max_length=80, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="One after the other")
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    quiet_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="It is not called before")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "webhook"
        ordering = ["vendor", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(health__in=["unknown", "works", "failing", "disabled", "gone"]),
                name="webhook_health_known",
            )
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.vendor}"


class WebhookEvent(models.Model):
    """Something that a vendor is told, with ids only; written in the transaction in which it happened."""

    uid = models.CharField(max_length=40, unique=True, help_text="The webhook-id, the same on every try")
    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=24, choices=WebhookType)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(type__in=WebhookType.values), name="webhook_type_known")
        ]
        indexes = [models.Index(fields=["created_at"], name="webhook_event_age")]  # for forgetting old ones

    def __str__(self) -> str:
        return f"{self.type} {self.uid}"


class WebhookDelivery(models.Model):
    """One event for one endpoint. A claim moves `due_at` on by a lease, so what a dead worker held is tried again."""

    class State(models.TextChoices):
        DUE = "due", "is tried"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was announced or replayed")
    due_at = models.DateTimeField(db_default=Now())
    state_changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "delivered", "given_up"]), name="webhook_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], condition=models.Q(state="due"), name="webhook_due"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class WebhookAttempt(models.Model):
    """One call. Of the answer only its status is kept, for its text could say anything about anybody."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(null=True, help_text="Of HTTP; empty: no answer")
    milliseconds = models.PositiveIntegerField()
    reason = models.CharField(max_length=80, blank=True, help_text="In our words")

    def __str__(self) -> str:
        return self.reason or f"answered {self.status}"
