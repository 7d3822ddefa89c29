"""The dispatch ledger. Its states are written by channels.ledger only."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from campaigns.models import Customer, Option, Wave


class DispatchState(models.TextChoices):
    """Where a dispatch is. See channels.ledger.ARROWS for the moves that are allowed."""

    QUEUED = "queued"
    CLAIMED = "claimed", "claimed by a worker; nothing has left"
    SENDING = "sending", "being given away at this moment"
    HANDED_OVER = "handed_over", "with the vendor or network"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced", "bounced or returned"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed", "stopped by an objection, suppression or missing ground"
    UNCERTAIN = "uncertain", "may have left; for a person to decide"


FINAL_STATES = (
    DispatchState.SENT,
    DispatchState.DELIVERED,
    DispatchState.BOUNCED,
    DispatchState.FAILED,
    DispatchState.CANCELLED,
    DispatchState.EXPIRED,
    DispatchState.SUPPRESSED,
)


class Dispatch(models.Model):
    """One row per customer and wave: what, through which channel, in which state; a leaflet on top has a row of its own."""

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="dispatches", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="dispatches", db_index=False)
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="Which of the option's contents, see WaveContent; 0: it has but one"
    )
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=DispatchState, default=DispatchState.QUEUED)
    coupon_code = models.CharField(max_length=40, blank=True, help_text="Personal, hard to guess")
    due_at = models.DateTimeField(help_text="Not before; moved on by retries")
    deadline_at = models.DateTimeField(help_text="Worthless afterwards")
    claim = models.UUIDField(null=True, blank=True, help_text="The claim that holds it")
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveSmallIntegerField(db_default=0, help_text="Workers that died holding it before it was begun")
    cost_cents = models.PositiveIntegerField(default=0)
    provider_id = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is where it is; nothing personal")
    state_changed_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "dispatches"
        permissions = [("resolve_dispatch", "Can decide what became of uncertain dispatches")]
        constraints = [
            # The customer first: so it also serves what asks for somebody's dispatches. Every index costs every move.
            models.UniqueConstraint(fields=["customer", "wave", "channel"], name="nobody_twice_in_a_wave"),
            models.UniqueConstraint(
                fields=["coupon_code"], condition=~models.Q(coupon_code=""), name="coupon_code_once"
            ),
            models.CheckConstraint(condition=models.Q(state__in=DispatchState.values), name="dispatch_state_known"),
        ]
        indexes = [
            # The claim, wave by wave; the id makes its order total without a sort.
            models.Index(
                fields=["wave", "channel", "due_at", "id"], condition=models.Q(state="queued"), name="dispatch_due"
            ),
            # What expires.
            models.Index(fields=["deadline_at"], condition=models.Q(state="queued"), name="dispatch_deadline"),
            # For a person, or for later evidence, to decide.
            models.Index(fields=["channel"], condition=models.Q(state="uncertain"), name="dispatch_uncertain"),
            # Stale claims.
            models.Index(
                fields=["claimed_at"], condition=models.Q(state__in=["claimed", "sending"]), name="dispatch_in_flight"
            ),
            # What may be killing workers.
            models.Index(fields=["channel"], condition=models.Q(state="queued", lost__gt=0), name="dispatch_suspect"),
            # Sums per wave.
            models.Index(fields=["wave", "channel", "state"], name="dispatch_of_wave"),
        ]

    def __str__(self) -> str:
        return f"dispatch {self.pk} ({self.channel}, {self.state})".replace("_", " ")


class Attempt(models.Model):
    """One try to hand a dispatch over, with the provider's answer."""

    # The ledger writes it in the statement that moves its dispatch: the database need not look for that once more.
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="tries", db_constraint=False)
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=DispatchState)
    code = models.CharField(max_length=20, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now(), help_text="When it began")

    class Meta:
        indexes = [
            # What went wrong lately.
            models.Index(
                fields=["at"], condition=~models.Q(outcome__in=["sent", "handed_over"]), name="attempt_in_vain"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of dispatch {self.dispatch_id}"


class SendingStop(models.Model):
    """While one is open nothing is claimed and nothing begins to leave, on any channel. Written by channels.ledger only."""

    reason = models.CharField(max_length=200)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    stopped_at = models.DateTimeField(db_default=Now())
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "stop of sending"
        verbose_name_plural = "stops of sending"
        permissions = [("run_sendingstop", "Can stop everything that is sent, and let it go on")]
        constraints = [
            # Also what every claim looks at.
            models.UniqueConstraint(models.Value(1), condition=models.Q(resumed_at=None), name="sending_stopped_once"),
        ]

    def __str__(self) -> str:
        return f"stop {self.pk} of all sending"


class Canary(models.Model):
    """When a worker last took a message from a queue: a worker may look alive and take nothing."""

    queue = models.CharField(max_length=40, primary_key=True)
    sang_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"canary of {self.queue}"
