"""Triggers: what a customer does starts a campaign for this customer alone. Firings are written by the database itself."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now

from campaigns.models import Campaign, Customer, EventKind, Wave

LONGEST_WAIT = 10 * 366 * 24 * 60  # minutes; what waits longer than ten years is a mistake
KINDS = {"base_field": models.CharField(max_length=20, choices=EventKind), "default": list, "blank": True}


class TriggerState(models.TextChoices):
    DRAFT = "draft", "draft: waits for approval"
    ACTIVE = "active"
    PAUSED = "paused"


class Trigger(models.Model):
    """An event starts a campaign for its customer: at once or after a while, unless or only if something else came."""

    name = models.CharField(max_length=120)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="triggers", help_text="What the customer may get"
    )
    event_kind = models.CharField("when a customer has", max_length=20, choices=EventKind)
    after_campaign = models.ForeignKey(
        Campaign,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="follow_ups",
        help_text="Only where the event is about a message of this campaign: so follow-ups are made",
    )
    conditions = models.JSONField(default=list, blank=True, help_text="On the event's attributes; all must hold")
    condition_path = models.TextField(blank=True, editable=False, help_text="The same as SQL/JSON path")
    wait_minutes = models.IntegerField(default=0, help_text="After the event; below 0: before the date it names")
    count_from = models.CharField(
        max_length=60, blank=True, help_text="Attribute with the date from which is counted; empty: the event itself"
    )
    unless_kinds = ArrayField(**KINDS, help_text="Nothing is sent if one of these came meanwhile")
    only_if_kinds = ArrayField(**KINDS, help_text="Something is sent only if one of these came meanwhile")
    once_in_days = models.PositiveIntegerField(
        default=30, validators=[MinValueValidator(1)], help_text="A customer is triggered at most once in so many days"
    )
    valid_hours = models.PositiveIntegerField(
        default=24, validators=[MinValueValidator(1)], help_text="So long after its time it is still worth sending"
    )
    active_from_at = models.DateTimeField(null=True, blank=True, help_text="Empty: from its approval on")
    active_until_at = models.DateTimeField(null=True, blank=True, help_text="Empty: without end")
    state = models.CharField(max_length=6, choices=TriggerState, default=TriggerState.DRAFT)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["campaign", "id"]
        permissions = [
            ("approve_trigger", "Can approve somebody else's trigger"),
            ("run_trigger", "Can pause and resume triggers"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="trigger_once"),
            models.CheckConstraint(condition=models.Q(state__in=TriggerState.values), name="trigger_state_known"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("written_by")),
                name="trigger_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(wait_minutes__gte=-LONGEST_WAIT, wait_minutes__lte=LONGEST_WAIT)
                & (models.Q(wait_minutes__gte=0) | ~models.Q(count_from="")),
                name="trigger_waits_for_what_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_hours__gte=1, valid_hours__lte=100_000, once_in_days__gte=1),
                name="trigger_ends",
            ),
        ]
        indexes = [
            # What every writing of events looks at.
            models.Index(fields=["event_kind"], condition=models.Q(state="active"), name="trigger_active"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors = {}
        if self.wait_minutes is not None and self.wait_minutes < 0 and not self.count_from:
            errors["wait_minutes"] = "nothing happens before its event: name the attribute whose date is counted from"
        if both := sorted(set(self.unless_kinds) & set(self.only_if_kinds)):
            errors["only_if_kinds"] = f"{', '.join(both)}: cannot be wanted and unwanted at once"
        if self.active_from_at and self.active_until_at and self.active_until_at <= self.active_from_at:
            errors["active_until_at"] = "must be later than the beginning"
        if self.only_if_kinds and not self.wait_minutes:
            errors["wait_minutes"] = "give what is to come meanwhile some time to come"
        if self.event_kind == EventKind.CONTACTED and not self.after_campaign_id:
            errors["after_campaign"] = "say after which campaign's message, or every message would bring another one"
        if self.after_campaign_id and self.after_campaign_id == self.campaign_id:
            errors["after_campaign"] = (
                "a campaign that follows itself would never end: make a campaign for the next step"
            )
        if errors:
            raise ValidationError(errors)


class Outcome(models.TextChoices):
    """What became of a firing."""

    WAITING = "waiting", "waits for its time"
    CONTACTED = "contacted", "a message was queued"
    HELD_OUT = "held_out", "held out, so that lift can be measured"
    LEFT_ALONE = "left_alone", "no message was worth it, or budget and capacity are used up"
    UNLESS = "unless", "what was to prevent it came"
    ONLY_IF = "only_if", "what it depended on did not come"
    AGAIN = "again", "was triggered not long ago"
    IN_WAVE = "in_wave", "is in today's wave of the campaign already"
    NOT_IN_AUDIENCE = "not_in_audience", "is not in the campaign's audience"
    NOT_OPEN = "not_open", "may get none of the options: consents, objections, addresses, contact limits"
    LATE = "late", "too late: paused, or nobody could answer in time"


ANSWERED = (Outcome.CONTACTED, Outcome.HELD_OUT, Outcome.LEFT_ALONE)  # the customer is in a wave


class Firing(models.Model):
    """One event that a trigger is about. Made by the database with the event itself, so none is lost and none comes twice."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="firings", db_index=False)
    event_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="firings")
    dispatch_id = models.BigIntegerField(null=True, help_text="The dispatch that the event is about")
    occurred_at = models.DateTimeField(help_text="The event")
    due_at = models.DateTimeField(help_text="Not answered before")
    deadline_at = models.DateTimeField(help_text="Worthless afterwards")
    outcome = models.CharField(
        max_length=16, choices=Outcome, default=Outcome.WAITING, db_default=Outcome.WAITING.value
    )
    wave = models.ForeignKey(Wave, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trigger", "event_id"], name="firing_once_an_event"),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="firing_outcome_known"),
            models.CheckConstraint(
                condition=models.Q(outcome="waiting", ended_at=None)
                | (~models.Q(outcome="waiting") & models.Q(ended_at__isnull=False)),
                name="firing_ends_once",
            ),
        ]
        indexes = [
            # What is due, and what is late.
            models.Index(fields=["trigger", "due_at"], condition=models.Q(outcome="waiting"), name="firing_due"),
            models.Index(fields=["deadline_at"], condition=models.Q(outcome="waiting"), name="firing_deadline"),
            # How often each outcome was.
            models.Index(fields=["trigger", "outcome"], name="firing_of_trigger"),
        ]

    def __str__(self) -> str:
        return f"firing {self.pk} of trigger {self.trigger_id}"
