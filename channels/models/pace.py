"""How fast and at which hours messages go out: sending hours, spreading, speed limits, warm-up plans."""

from datetime import time
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from campaigns.models import Campaign

from .ledger import Dispatch

CHANNEL = {"max_length": 20, "blank": True}


class Weekday(models.IntegerChoices):
    """As ISO 8601 numbers them."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


def every_day() -> list[int]:
    return list(Weekday.values)


class SendHours(models.Model):
    """Hours of the customer's own day at which digital channels may send, or must not."""

    class Kind(models.TextChoices):
        OPEN = "open", "open: messages may go out"
        QUIET = "quiet", "quiet: nothing goes out"

    campaign = models.ForeignKey(
        Campaign,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="send_hours",
        help_text="Empty: every one",
    )
    channel = models.CharField(**CHANNEL, help_text="Empty: every digital channel")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.OPEN)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=every_day, help_text="On which they begin"
    )
    starts_at = models.TimeField("from", default=time(9))
    ends_at = models.TimeField("until", default=time(20), help_text="Not later than the beginning: on the next day")

    class Meta:
        verbose_name = verbose_name_plural = "sending hours"
        ordering = ["campaign", "channel", "kind", "starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["open", "quiet"], weekdays__contained_by=Weekday.values, weekdays__len__gt=0
                ),
                name="send_hours_known",
            )
        ]

    def __str__(self) -> str:
        days = ", ".join(Weekday(day).label[:3] for day in self.weekdays)
        return f"{self.kind} {self.starts_at:%H:%M} to {self.ends_at:%H:%M} on {days}"


class CampaignPace(models.Model):
    """How the messages of a campaign's waves are spread over time."""

    class Spread(models.TextChoices):
        AT_ONCE = "at_once", "at once: as fast as limits allow"
        EVENLY = "evenly", "evenly: so many an hour"
        BEST_HOUR = "best_hour", "at each customer's best hour, learned from opens"

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="pace")
    spread = models.CharField(max_length=10, choices=Spread, default=Spread.AT_ONCE)
    per_hour = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Messages an hour, on each channel"
    )
    exploration_share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.1"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Customers whose hour is drawn evenly, so that the platform learns about every hour",
    )

    class Meta:
        verbose_name = verbose_name_plural = "pace"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(spread="evenly") | models.Q(per_hour__gte=1), name="even_pace_has_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"pace of {self.campaign}"

    def clean(self) -> None:
        if self.spread == self.Spread.EVENLY and not self.per_hour:
            raise ValidationError({"per_hour": "say how many an hour"})


class ChosenHour(models.Model):
    """The hour that was chosen for a dispatch, with the probability of this choice, for evaluation without bias."""

    dispatch = models.OneToOneField(Dispatch, on_delete=models.CASCADE, primary_key=True, related_name="chosen_hour")
    hour = models.PositiveSmallIntegerField(help_text="Of the customer's day, 0 to 23")
    propensity = models.FloatField(help_text="Probability with which this hour was chosen")
    is_explored = models.BooleanField()

    def __str__(self) -> str:
        return f"hour {self.hour} of dispatch {self.dispatch_id}"


class SpeedLimit(models.Model):
    """At most so many messages a second, over all workers."""

    class Of(models.TextChoices):
        CHANNEL = "channel", "a channel"
        PROVIDER = "provider", "a provider"
        DOMAIN = "domain", "a recipient domain or mail host"

    of = models.CharField("limit of", max_length=8, choices=Of, default=Of.DOMAIN)
    name = models.CharField(max_length=120, help_text="email, the provider's name, gmail.com, or a mail host's name")
    per_second = models.DecimalField(
        max_digits=9, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))], help_text="0.1: six a minute"
    )

    class Meta:
        ordering = ["of", "name"]
        constraints = [
            models.UniqueConstraint(fields=["of", "name"], name="speed_limit_once"),
            models.CheckConstraint(
                condition=models.Q(per_second__gt=0, of__in=["channel", "provider", "domain"]), name="speed_limit_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: at most {self.per_second:f} a second"

    def clean(self) -> None:
        self.name = self.name.strip().lower()


class MailHost(models.Model):
    """Recipient domains that one mail host receives for, so that they share its limit."""

    suffix = models.CharField("domain", max_length=120, unique=True, help_text="And everything below it")
    host = models.CharField("mail host", max_length=120, help_text="Any name, such as gmail; a speed limit may use it")

    class Meta:
        ordering = ["host", "suffix"]

    def __str__(self) -> str:
        return f"{self.suffix} by {self.host}"

    def clean(self) -> None:
        self.suffix, self.host = self.suffix.strip(" .@").lower(), self.host.strip().lower()


class WarmUp(models.Model):
    """A new sender address begins with few messages a day and more each day, so that mail hosts learn to trust it."""

    channel = models.CharField(max_length=20, default="email")
    provider = models.CharField(max_length=60, blank=True, help_text="Empty: whatever provider sends")
    sender = models.CharField(max_length=320, help_text="The new address, for people to read")
    starts_on = models.DateField("first day")
    per_day = ArrayField(
        models.PositiveIntegerField(), verbose_name="most on each day", help_text="50, 100, 500: then there is no limit"
    )
    is_active = models.BooleanField("in force", default=True)

    class Meta:
        verbose_name = "warm-up"
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "provider"], condition=models.Q(is_active=True), name="one_warm_up_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"warm-up from {self.starts_on}"


class WarmUpDay(models.Model):
    """How many messages of a warm-up were let go on one day."""

    warm_up = models.ForeignKey(WarmUp, on_delete=models.CASCADE, related_name="days", db_index=False)
    on = models.DateField()
    taken = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["warm_up", "on"], name="warm_up_day_once")]

    def __str__(self) -> str:
        return f"{self.on}: {self.taken}"
