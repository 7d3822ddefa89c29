"""What planning found of every delivery area: its value, cost, week and group. Written by steering.planning only."""

from django.db import models

from campaigns.models import Campaign, DeliveryArea, Option

from .plans import Plan


class AreaGroup(models.TextChoices):
    """What is compared when the lift is measured by area."""

    TREATED = "treated"
    HOLDOUT = "holdout", "held out"
    NONE = "", "not compared"


class PlanArea(models.Model):
    """One area in which somebody of the audience could get the leaflet of an option, opened or not; money in cents."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="area_rows")
    area = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="+")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="+", db_index=False)
    customers = models.PositiveIntegerField(help_text="Of the audience, who may get the leaflet")
    quantity = models.PositiveIntegerField(help_text="Leaflets: all households that do not refuse")
    expected_customer_value = models.FloatField(help_text="Expected incremental margin of these customers, before cost")
    expected_new_value = models.FloatField(help_text="The same of people who are no customers yet")
    cost = models.FloatField(help_text="Of all leaflets")
    chosen = models.BooleanField(help_text="Gets the leaflet")
    wanted = models.BooleanField(help_text="Earns more than it costs, whether it is held out or not")
    chance = models.FloatField(null=True, help_text="Probability of getting the leaflet, the holdout counted in")
    week = models.PositiveSmallIntegerField(null=True, help_text="Of the wave, from 1 on, where leaflets are spread")
    group = models.CharField(max_length=8, choices=AreaGroup, blank=True, default=AreaGroup.NONE)
    pair = models.PositiveIntegerField(null=True, help_text="Number of the matched pair within the campaign")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "area", "option"], name="plan_area_once")]

    def __str__(self) -> str:
        return f"area {self.area_id} in plan {self.plan_id}"


class AreaPair(models.Model):
    """Two areas that are much alike; matched when a campaign is first planned, so that the holdout stays the same."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    first = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(
        DeliveryArea, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: nothing was like it"
    )
    distance = models.FloatField(help_text="Between the two, in standard deviations of what is known of areas")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="area_pair_number"),
            models.UniqueConstraint(fields=["campaign", "first"], name="area_first_of_one_pair"),
            models.UniqueConstraint(fields=["campaign", "second"], name="area_second_of_one_pair"),
        ]

    def __str__(self) -> str:
        return f"pair {self.number} of campaign {self.campaign_id}"


class AreaModel(models.Model):
    """One version of the model of new customers by area; the newest decides. Written by steering.areas.training only."""

    number = models.PositiveIntegerField(unique=True)
    trained_at = models.DateTimeField(auto_now_add=True)
    known_until_at = models.DateTimeField(help_text="Nothing that happened later was learned from")
    trained_on_rows = models.PositiveIntegerField(help_text="Areas in waves of the past")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the training arrays")
    features = models.JSONField(help_text="The name of each feature column")
    new_customer_cents = models.FloatField(help_text="Sales that a new customer brings within the goal window")
    metrics = models.JSONField(default=dict)
    assumption = models.TextField(
        blank=True, help_text="What must be true for the figures to be; empty: nothing but chance"
    )
    reason = models.TextField(blank=True, help_text="Why nothing was learned; empty: something was")
    model = models.BinaryField(help_text="skops; no code in it is ever run")

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"area model {self.number}"
