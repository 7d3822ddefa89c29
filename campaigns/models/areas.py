"""The areas in which unaddressed post is bought: a carrier's districts, their streets, and the week each is served."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from campaigns.areas.geometry import OutlineError, outline
from campaigns.areas.statistics import StatisticsError, statistics

# Areas are named carrier:code.
no_colon = RegexValidator(r"^[^:]*$", "A carrier's name must not have a colon: areas are named carrier:code.")


def check_outline(geometry: Any) -> None:
    try:
        outline(geometry)
    except OutlineError as error:
        raise ValidationError(f"The outline {error}.") from error


def check_statistics(known: Any) -> None:
    try:
        statistics(known)
    except StatisticsError as error:
        raise ValidationError(f"{error}.") from error


class Carrier(models.Model):
    """Who delivers unaddressed post, by the name that its areas bear."""

    name = models.CharField(max_length=60, unique=True, validators=[no_colon])
    bundle_size = models.PositiveIntegerField(default=100, help_text="Leaflets in a full bundle")
    rank = models.PositiveSmallIntegerField(
        default=100, help_text="Where areas of several carriers overlap, a household lies in that of the lowest"
    )

    class Meta:
        ordering = ["rank", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(bundle_size__gte=1), name="bundle_holds_a_leaflet"),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryArea(models.Model):
    """The smallest unit in which unaddressed post is bought."""

    code = models.CharField(max_length=40)
    carrier = models.CharField(max_length=60, blank=True, validators=[no_colon])
    postcode = models.CharField(max_length=12, db_index=True)
    place = models.CharField(max_length=120)
    region = models.CharField(max_length=80, blank=True, help_text="State or sales region")
    households = models.PositiveIntegerField(help_text="Households in the area, customers or not")
    refusing_households = models.PositiveIntegerField(default=0, help_text="Households that refuse advertising")
    latitude = models.FloatField(null=True, blank=True, help_text="Of its middle; empty: stores are near by postcode")
    longitude = models.FloatField(null=True, blank=True)
    outline = models.JSONField(
        null=True, blank=True, validators=[check_outline], help_text="GeoJSON: Polygon or MultiPolygon, in WGS 84"
    )
    statistics = models.JSONField(
        default=dict,
        blank=True,
        validators=[check_statistics],
        help_text="What the carrier tells of it: name to number",
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the carrier's file no longer had it"
    )
    # By campaigns.neighbourhoods, every night; empty: not counted yet.
    customers = models.PositiveIntegerField(null=True, editable=False)
    customers_in_place = models.PositiveIntegerField(null=True, editable=False)
    mean_born_on = models.DateField(
        null=True, editable=False, help_text="Mean birthday of the oldest in each household"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "code"], name="area_code_unique_per_carrier"),
            models.CheckConstraint(
                condition=models.Q(refusing_households__lte=models.F("households")),
                name="refusing_households_within_households",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.place}"

    @property
    def name(self) -> str:
        """Codes are those of a carrier: carrier:code, as rules of audiences name an area, too."""
        return f"{self.carrier}:{self.code}"

    @property
    def quantity(self) -> int:
        """Leaflets to order: households that do not refuse advertising."""
        return self.households - self.refusing_households


class HouseNumbers(models.TextChoices):
    ALL = "all"
    ODD = "odd"
    EVEN = "even"


class AreaStreet(models.Model):
    """House numbers of a street that belong to an area, from a carrier's list of streets."""

    area = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="streets")
    postcode = models.CharField(max_length=12)
    street_key = models.CharField(max_length=200, help_text="The street as in address keys, see campaigns.identity")
    numbers = models.CharField(max_length=4, choices=HouseNumbers, default=HouseNumbers.ALL)
    first = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=99_999)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(first__lte=models.F("last")), name="house_numbers_in_order"),
        ]
        indexes = [models.Index(fields=["postcode", "street_key"])]

    def __str__(self) -> str:
        return f"{self.street_key} {self.first} to {self.last}"


class AreaWeek(models.Model):
    """The week in which a wave's leaflets are to be delivered in an area; without one, as soon as the carrier can."""

    wave = models.ForeignKey("campaigns.Wave", on_delete=models.CASCADE, related_name="area_weeks")
    area = models.ForeignKey(DeliveryArea, on_delete=models.PROTECT, related_name="+")
    week_on = models.DateField(help_text="The Monday of the week")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "area"], name="one_week_per_wave_and_area"),
            models.CheckConstraint(condition=models.Q(week_on__iso_week_day=1), name="delivery_week_begins_on_monday"),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} in {self.week}"

    @property
    def week(self) -> str:
        """As ISO 8601 writes it: 2026-W07."""
        year, week, _ = self.week_on.isocalendar()
        return f"{year}-W{week:02d}"
