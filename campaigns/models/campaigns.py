"""Campaigns, their options and waves. Waves change state through steering.waves only."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from campaigns import link_marks

from .audiences import Audience
from .content import Content, ContentVersion
from .events import EventKind

SHARE = {"max_digits": 4, "decimal_places": 3, "validators": [MinValueValidator(0), MaxValueValidator(1)]}


class Exploration(models.TextChoices):
    UNIFORM = "uniform", "evenly: every open channel is as likely"
    THOMPSON = "thompson", "by promise: what may be best is drawn more often"


class Campaign(models.Model):
    """Audience, content, channels with cost and capacity, budget, schedule, holdout and goal."""

    name = models.CharField(max_length=120, unique=True)
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, related_name="campaigns")
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="campaigns")
    budget_cents = models.PositiveBigIntegerField(help_text="Money for one wave, in cents")
    currency = models.CharField(max_length=3, default="EUR")
    margin_share = models.DecimalField(default=Decimal("0.4"), **SHARE, help_text="Margin as a share of sales")
    goal_event = models.CharField(max_length=20, choices=EventKind, default=EventKind.PURCHASED)
    goal_days = models.PositiveIntegerField(
        default=14, help_text="Goal events count for this many days after the wave starts"
    )
    goal_value_cents = models.PositiveIntegerField(
        default=0, help_text="What a goal event without a value of its own is worth, in cents of sales"
    )
    holdout_share = models.DecimalField(
        default=Decimal("0.1"), **SHARE, help_text="Customers who get nothing, so that lift can be measured"
    )
    exploration_share = models.DecimalField(
        default=Decimal("0.1"),
        **SHARE,
        help_text="Customers whose option is drawn at random, so that the platform learns",
    )
    exploration = models.CharField(
        max_length=8, choices=Exploration, default=Exploration.UNIFORM, help_text="How these options are drawn"
    )
    leaflet_on_top = models.BooleanField(
        default=False, help_text="Who gets a message of their own may get the leaflet of their delivery area as well"
    )
    dispatch_days = models.PositiveIntegerField(default=7, help_text="A message not sent within this many days expires")
    link_marks = models.CharField(
        max_length=300,
        blank=True,
        validators=[link_marks.validate],
        help_text="How links are marked for web analytics; empty: as everywhere",
    )
    seed = models.PositiveIntegerField(default=1, help_text="Same inputs and seed, same plan")
    is_archived = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A goal without money and without a worth would teach that nothing ever helps."""
        if self.goal_event != EventKind.PURCHASED and not self.goal_value_cents:
            raise ValidationError(
                {"goal_value_cents": "say what such a goal is worth, since the event carries no money"}
            )


class Option(models.Model):
    """One (channel, content) that a customer of the campaign could get."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="options")
    channel = models.CharField(max_length=20)
    content = models.ForeignKey(
        Content,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the campaign's content",
    )
    unit_cost_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="Cost of one piece in cents; empty: the channel's usual cost"
    )
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Most pieces in one wave; empty: no limit")
    minimum_run = models.PositiveIntegerField(
        null=True, blank=True, help_text="Least pieces in one wave: none at all, or as many as these; empty: no minimum"
    )
    zone_costs = models.JSONField(
        default=dict, blank=True, help_text="Cost of one piece in cents by the beginning of the postcode"
    )
    settings = models.JSONField(default=dict, blank=True, help_text="What only this channel needs, e.g. the vendor")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "channel", "content"], nulls_distinct=False, name="option_once")
        ]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.channel.replace('_', ' ')}"

    def clean(self) -> None:
        if self.capacity is not None and self.minimum_run is not None and self.minimum_run > self.capacity:
            raise ValidationError({"minimum_run": f"more than the capacity of {self.capacity} pieces"})


class WaveState(models.TextChoices):
    DRAFT = "draft"
    SIMULATED = "simulated"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Wave(models.Model):
    """One run of a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="waves")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=WaveState, default=WaveState.DRAFT)
    exploration_share = models.DecimalField(null=True, blank=True, **SHARE, help_text="Empty: the campaign's share")
    scheduled_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When to start once approved; empty: by hand, or in time for its day of arrival",
    )
    arrives_on = models.DateField(
        null=True,
        blank=True,
        help_text="When letters and e-mails shall be there: print is handed over ahead; empty: all goes at the start",
    )
    open_until_at = models.DateTimeField(
        null=True, blank=True, help_text="Until then triggers add customers one by one; empty: planned as a whole"
    )
    simulated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    simulated_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    arrives_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Goal events count from here on; empty: from the start"
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["campaign", "number"]
        permissions = [
            ("approve_wave", "Can approve somebody else's plan"),
            ("run_wave", "Can start, pause, resume and cancel"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="wave_number"),
            models.UniqueConstraint(fields=["campaign", "open_until_at"], name="one_open_wave_a_day"),
            models.CheckConstraint(condition=models.Q(state__in=WaveState.values), name="wave_state_known"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("simulated_by")),
                name="wave_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} wave {self.number}"

    @property
    def counts_from_at(self) -> datetime | None:
        """From when on goal events count."""
        return self.arrives_at or self.started_at


class WaveContent(models.Model):
    """Which version of its content each option of a wave sends; fixed when the wave is approved.

    Where an option compares variants there is a row for each, and `share` is the probability with which a customer of the
    option got it. 0: the option has no variants.
    """

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="contents")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, related_name="+")
    variant = models.PositiveSmallIntegerField(db_default=0, default=0)
    share = models.FloatField(db_default=1, default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "option", "variant"], name="wave_content_once"),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="wave_content_share_is_a_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} in wave {self.wave_id}"


class ContactLimit(models.Model):
    """At most so many contacts in so many days, over all channels or on one."""

    channel = models.CharField(max_length=20, blank=True, help_text="Empty: over all channels")
    most = models.PositiveIntegerField()
    days = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "days"], name="contact_limit_once")]

    def __str__(self) -> str:
        return f"at most {self.most} in {self.days} days {self.channel or 'over all channels'}"
