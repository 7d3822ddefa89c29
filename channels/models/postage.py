"""Postal products of print vendors: what they weigh, what they cost, how they are sorted, and how long they take."""

from datetime import time
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from .pace import Weekday
from .print import Vendor

CENTS = {"max_digits": 12, "decimal_places": 3, "validators": [MinValueValidator(0)]}
GRAMS = {"max_digits": 8, "decimal_places": 2, "validators": [MinValueValidator(0)]}
COUNTRY = RegexValidator(r"\A[A-Z]{2}\Z", "must be two capital letters, as DE")
ZONE = RegexValidator(r"\A[0-9A-Z]{1,8}\Z", "must be digits and capital letters without spaces, as 80")
MOST_DAYS = 60


class PostalFormat(models.TextChoices):
    """Of what the carrier is given: envelopes, cards, and leaflets without an address."""

    C6 = "C6", "letter C6 (114 x 162 mm)"
    DL = "DL", "letter DIN lang (110 x 220 mm)"
    C5 = "C5", "letter C5 (162 x 229 mm)"
    C4 = "C4", "letter C4 (229 x 324 mm)"
    POSTCARD = "postcard", "postcard (A6)"
    LEAFLET_A6 = "leaflet A6"
    LEAFLET_A5 = "leaflet A5"
    LEAFLET_A4 = "leaflet A4"
    LEAFLET_DL = "leaflet DIN lang"


def working_week() -> list[int]:
    return [day.value for day in Weekday if day < Weekday.SATURDAY]


def delivery_week() -> list[int]:
    return [day.value for day in Weekday if day < Weekday.SUNDAY]


def regions() -> list[int]:
    return [3, 2]


class PostalProduct(models.Model):
    """One way to have pieces printed and posted by a vendor."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField("short name", help_text='By which options name it: {"vendor": ..., "product": ...}')
    format = models.CharField(max_length=16, choices=PostalFormat, default=PostalFormat.DL)
    is_active = models.BooleanField(default=True)
    is_example = models.BooleanField(default=False, help_text="Made up, to show how it works: no vendor offers it")

    sheet_grams = models.DecimalField(
        default=Decimal(5), **GRAMS, help_text="Of one sheet: A4 of 80 g/m² weighs 4.99 g"
    )
    envelope_grams = models.DecimalField(
        default=Decimal(5), **GRAMS, help_text="Of the envelope and what else is in it"
    )
    pages_per_sheet = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(2)], help_text="2: printed on both sides"
    )
    usual_pages = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="Where an option does not say otherwise"
    )

    bundle_least = models.PositiveIntegerField(
        default=10, validators=[MinValueValidator(1)], help_text="Pieces from which on a postcode is bundled apart"
    )
    bundle_most = models.PositiveIntegerField(default=50, help_text="At least twice as many, less one")
    region_digits = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(8)]),
        default=regions,
        blank=True,
        help_text="How much of the postcode makes a region, where a postcode is too small",
    )
    container_digits = models.PositiveSmallIntegerField(
        default=2, validators=[MaxValueValidator(8)], help_text="The same for containers; 0: one row of them a country"
    )
    container_least = models.PositiveIntegerField(
        default=100, help_text="Pieces from which on a region has containers of its own"
    )
    container_most = models.PositiveIntegerField(default=500, help_text="At least twice as many, and three bundles")

    production_days_least = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(MOST_DAYS)])
    production_days_most = models.PositiveSmallIntegerField(default=5, validators=[MaxValueValidator(MOST_DAYS)])
    delivery_days_least = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    delivery_days_most = models.PositiveSmallIntegerField(default=4, validators=[MaxValueValidator(MOST_DAYS)])
    abroad_days_more = models.PositiveSmallIntegerField(
        default=4, validators=[MaxValueValidator(MOST_DAYS)], help_text="To other countries it takes so many more"
    )
    cut_off_at = models.TimeField(default=time(12), help_text="What comes later is taken up on the next working day")
    working_days = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=working_week, help_text="Of the vendor"
    )
    delivery_days = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=delivery_week, help_text="Of the carrier"
    )
    country = models.CharField(max_length=2, default="DE", validators=[COUNTRY], help_text="Whose holidays are kept")
    state = models.CharField(max_length=10, blank=True, help_text="And of which state of it, as BY")

    class Meta:
        ordering = ["vendor", "name"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "slug"], name="postal_product_once"),
            models.CheckConstraint(
                condition=models.Q(bundle_least__gte=1, bundle_most__gte=2 * models.F("bundle_least") - 1),
                name="bundle_sizes_fit",
                violation_error_message="a bundle must hold at least twice its least pieces, less one",
            ),
            models.CheckConstraint(
                condition=models.Q(container_most__gte=2 * models.F("container_least") + 3 * models.F("bundle_most")),
                name="container_sizes_fit",
                violation_error_message="a container must hold at least twice its least pieces, and three bundles",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    production_days_most__gte=models.F("production_days_least"),
                    delivery_days_most__gte=models.F("delivery_days_least"),
                    working_days__len__gt=0,
                    delivery_days__len__gt=0,
                ),
                name="lead_times_fit",
                violation_error_message="the most days must not be fewer than the least, and some days are worked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor}: {self.name}{' (example)' if self.is_example else ''}"

    @property
    def is_leaflet(self) -> bool:
        """Without an address, bought by delivery area."""
        return self.format.startswith("leaflet")

    def clean(self) -> None:
        from ..postage import calendars  # which reads products

        if self.container_digits and self.region_digits and self.container_digits > min(self.region_digits):
            raise ValidationError({"container_digits": "must not be more than the least of the regions"})
        if reason := calendars.unknown(self.country, self.state):
            raise ValidationError({"state" if self.state else "country": reason})


class PriceTable(models.Model):
    """What a product costs from a day on, until the next table."""

    product = models.ForeignKey(PostalProduct, on_delete=models.CASCADE, related_name="price_tables")
    valid_from_on = models.DateField("valid from")
    currency = models.CharField(max_length=3, default="EUR")
    note = models.CharField(max_length=200, blank=True, help_text="Where the prices are from")
    is_example = models.BooleanField(default=False, help_text="Made up, to show how it works: no vendor's prices")

    class Meta:
        ordering = ["product", "-valid_from_on"]
        constraints = [models.UniqueConstraint(fields=["product", "valid_from_on"], name="price_table_once")]

    def __str__(self) -> str:
        return f"{self.product}, from {self.valid_from_on}"


class ProductionPrice(models.Model):
    """What the vendor takes for runs from so many pieces on."""

    table = models.ForeignKey(PriceTable, on_delete=models.CASCADE, related_name="production", db_index=False)
    from_pieces = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    piece_cents = models.DecimalField(**CENTS, help_text="A piece with one sheet")
    sheet_cents = models.DecimalField(default=0, **CENTS, help_text="Each further sheet")
    setup_cents = models.DecimalField(default=0, **CENTS, help_text="Once for each job")

    class Meta:
        ordering = ["from_pieces"]
        constraints = [models.UniqueConstraint(fields=["table", "from_pieces"], name="production_price_once")]

    def __str__(self) -> str:
        return f"from {self.from_pieces:,} pieces"


class PostagePrice(models.Model):
    """What the carrier takes for a piece, for runs from so many pieces on. The longest zone that fits counts."""

    table = models.ForeignKey(PriceTable, on_delete=models.CASCADE, related_name="postage", db_index=False)
    country = models.CharField(max_length=2, blank=True, validators=[COUNTRY], help_text="Empty: all others")
    zone = models.CharField(
        max_length=8, blank=True, validators=[ZONE], help_text="How postcodes begin; empty: the whole country"
    )
    from_pieces = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="The least for this price, as of bulk postage"
    )
    up_to_grams = models.DecimalField(**GRAMS)
    piece_cents = models.DecimalField(**CENTS)

    class Meta:
        ordering = ["country", "zone", "from_pieces", "up_to_grams"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "country", "zone", "from_pieces", "up_to_grams"], name="postage_price_once"
            ),
            models.CheckConstraint(
                condition=models.Q(zone="") | ~models.Q(country=""),
                name="zone_has_country",
                violation_error_message="a zone needs its country",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country or 'all others'} {self.zone} from {self.from_pieces:,} up to {self.up_to_grams} g"


class Depth(models.TextChoices):
    """How far a bundle is sorted."""

    DIRECT = "direct", "direct: one postcode"
    REGION = "region", "region: the beginning of a postcode"
    REST = "rest", "rest of a country"


class SortingDiscount(models.Model):
    """What the carrier takes less for a piece that is sorted so far."""

    table = models.ForeignKey(PriceTable, on_delete=models.CASCADE, related_name="discounts", db_index=False)
    depth = models.CharField(max_length=6, choices=Depth)
    from_pieces = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    piece_cents = models.DecimalField(**CENTS, help_text="Less than the postage")

    class Meta:
        ordering = ["depth", "from_pieces"]
        constraints = [models.UniqueConstraint(fields=["table", "depth", "from_pieces"], name="sorting_discount_once")]

    def __str__(self) -> str:
        return f"{self.depth} from {self.from_pieces:,} pieces"
