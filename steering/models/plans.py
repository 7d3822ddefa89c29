"""Plans: who gets which option of a wave, and why. Written by steering.planning only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from campaigns.models import Customer, Option, Wave

from .versions import ModelVersion


class Plan(models.Model):
    """The decision for one wave, with its certificate."""

    wave = models.OneToOneField(Wave, on_delete=models.CASCADE, related_name="plan")
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    as_of_at = models.DateTimeField(help_text="Features know nothing later")
    seed = models.PositiveIntegerField()
    customers = models.PositiveIntegerField(help_text="In the audience")
    eligible = models.PositiveIntegerField(help_text="Eligible for at least one option")
    holdout = models.PositiveIntegerField()
    value_cents = models.FloatField(help_text="Expected incremental margin after cost")
    dual_bound_cents = models.FloatField()
    gap = models.FloatField(help_text="(dual bound - value) / dual bound")
    cost_cents = models.PositiveBigIntegerField()
    prices = models.JSONField(help_text="What one more unit of each constraint would earn")
    options = models.JSONField(help_text="Per option: eligible, planned, cost, expected margin")
    excluded = models.JSONField(help_text="Per channel: customers left out, by reason")
    areas = models.JSONField(default=list, help_text="Opened delivery areas: code, quantity, customers, cost, value")
    rules = models.JSONField(default=list, help_text="Each rule in words: what the plan uses, its bound, its price")
    together = models.JSONField(
        default=dict, help_text="Where campaigns were planned together: the waves, and the most contacts of a customer"
    )
    stability = models.JSONField(
        default=dict, help_text="How far its customers are from those whom the model learned from"
    )
    what_if = models.JSONField(
        null=True, blank=True, help_text="Margin against budget, and what each limit costs; empty: not computed yet"
    )
    used = models.JSONField(
        default=dict, help_text="Of each limit, by name, what those have used who joined the wave while it was open"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"plan of {self.wave}"


class Assignment(models.Model):
    """One row per eligible customer and wave, no contact and holdout included, with what a later evaluation needs.

    A foreign key is checked row by row, which is half of what writing a plan costs. Whether the wave and its few options
    exist is the same question a million times: Django minds it, and steering.invariants looks.
    """

    wave = models.ForeignKey(
        Wave, on_delete=models.CASCADE, related_name="assignments", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    option = models.ForeignKey(
        Option,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="Empty: no contact",
    )
    channel = models.CharField(max_length=20, blank=True)
    is_holdout = models.BooleanField(default=False)
    is_exploration = models.BooleanField(default=False)
    propensity = models.FloatField(
        null=True, help_text="Probability with which this choice was made; empty: not evaluable"
    )
    channel_propensity = models.FloatField(
        null=True, help_text="The same for any option of its channel; learning compares channels"
    )
    uplift_cents = models.FloatField(default=0, help_text="Expected incremental margin of the choice before cost")
    cost_cents = models.FloatField(default=0, help_text="This customer's share of the cost")
    on_top_cost_cents = models.FloatField(default=0, db_default=0, help_text="Of this cost, that of a leaflet on top")
    has_leaflet_on_top = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Gets the leaflet of the delivery area beside the option; both are in uplift and cost",
    )
    eligible = ArrayField(models.BigIntegerField(), default=list, help_text="Options that the customer could have got")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "customer"], name="one_assignment_per_wave")]

    def __str__(self) -> str:
        return f"{self.channel.replace('_', ' ') or 'no contact'} for customer {self.customer_id}"

    @property
    def because(self) -> str:
        """Why the customer gets this, or nothing, in two or three words."""
        if self.is_holdout:
            return "held out"
        if self.is_exploration:
            return "drawn at random"
        return "earns most" if self.channel else "earns more elsewhere"
