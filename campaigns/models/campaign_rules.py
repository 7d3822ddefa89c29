"""Campaign rules: what a plan must keep beyond budget and capacities, said over some customers and some options."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from .audiences import Audience
from .campaigns import Campaign

CHANNELS = {"base_field": models.CharField(max_length=20), "default": list, "blank": True}
# Plain ids: a rule about an option that is gone is about nothing, where a lost reference would make it one about all.
OPTIONS = {"base_field": models.BigIntegerField(), "default": list, "blank": True}
WHOLE_SHARE = 100  # percent


class Sense(models.TextChoices):
    AT_MOST = "at most", "At most"
    AT_LEAST = "at least", "At least"


class Measure(models.TextChoices):
    PIECES = "pieces", "pieces"
    COST = "cost", "cost"
    MARGIN = "margin", "expected margin"


class Scope(models.TextChoices):
    TOGETHER = "together", "in all"
    SHARE = "share", "as a share of other pieces"
    PERSON = "person", "for each customer"


class CampaignRule(models.Model):
    """At most, or at least, so many pieces, so much money or such a share, for these customers by these options."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=120)
    is_active = models.BooleanField("in force", default=True)
    sense = models.CharField(max_length=8, choices=Sense, default=Sense.AT_MOST)
    bound = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Pieces, or money in whole units such as 25.00, or percent where it is a share",
    )
    measure = models.CharField(max_length=8, choices=Measure, default=Measure.PIECES)
    scope = models.CharField("counted", max_length=8, choices=Scope, default=Scope.TOGETHER)
    audience = models.ForeignKey(
        Audience, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: everybody"
    )
    channels = ArrayField(**CHANNELS, help_text="Empty, and no options either: every channel")
    option_ids = ArrayField(**OPTIONS)
    of_audience = models.ForeignKey(
        Audience, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: everybody"
    )
    of_channels = ArrayField(**CHANNELS, help_text="Empty, and no options either: every channel")
    of_option_ids = ArrayField(**OPTIONS)
    over_all_campaigns = models.BooleanField(
        default=False,
        help_text="Where campaigns are planned together: count their options too; of a share, only the whole counts them",
    )

    class Meta:
        verbose_name = "rule"
        ordering = ["campaign", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="campaign_rule_once"),
            models.CheckConstraint(condition=models.Q(bound__gte=0), name="campaign_rule_bound_not_negative"),
            models.CheckConstraint(
                condition=models.Q(sense__in=Sense.values, measure__in=Measure.values, scope__in=Scope.values),
                name="campaign_rule_words_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors = {}
        if self.scope == Scope.PERSON and self.sense == Sense.AT_LEAST:
            errors["sense"] = "nobody can be promised a least: for each customer a rule says at most"
        if self.scope == Scope.PERSON and self.measure == Measure.MARGIN:
            errors["measure"] = "for each customer, pieces or cost can be counted"
        if self.bound is not None and (wrong := self._wrong_bound()):
            errors["bound"] = wrong
        if errors:
            raise ValidationError(errors)

    def _wrong_bound(self) -> str:
        if self.scope == Scope.SHARE:
            return "a share is at most 100 percent" if self.bound > WHOLE_SHARE else ""
        if self.measure == Measure.PIECES and self.bound != int(self.bound):
            return "pieces are whole"
        return ""
