"""Customers, the ways to recognise or reach them, and where they live."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Now

from .areas import DeliveryArea


class Household(models.Model):
    """Customers at one address."""

    address_key = models.CharField(
        max_length=300, unique=True, help_text="The normalised address, see campaigns.identity"
    )
    street = models.CharField(max_length=160, help_text="Street and house number")
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="DE", help_text="ISO 3166 code")
    delivery_area = models.ForeignKey(DeliveryArea, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    latitude = models.FloatField(null=True, blank=True, help_text="Of the house, where it is known")
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["postcode"])]

    def __str__(self) -> str:
        return f"{self.street}, {self.postcode} {self.city}"


class JourneyStage(models.TextChoices):
    """Where a customer is now, derived from events by campaigns.journey."""

    INSPIRATION = "inspiration"
    SELECTION = "selection"
    PURCHASE = "purchase"
    USE = "use"
    LOYALTY = "loyalty"
    DORMANT = "dormant"


class Salutation(models.TextChoices):
    FRAU = "frau", "Frau"
    HERR = "herr", "Herr"
    FAMILIE = "familie", "Familie"
    FIRMA = "firma", "company"
    NONE = "", "unknown"


class Customer(models.Model):
    """One person."""

    customer_number = models.CharField(max_length=64, unique=True, help_text="The company's own number for this person")
    salutation = models.CharField(max_length=8, blank=True, choices=Salutation)
    title = models.CharField(max_length=40, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    born_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=8, default="de")
    time_zone = models.CharField(max_length=40, default="Europe/Berlin")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="customers")
    region = models.CharField(max_length=80, blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="What else is known, by name")
    customer_since_on = models.DateField(null=True, blank=True)
    journey_stage = models.CharField(max_length=12, choices=JourneyStage, default=JourneyStage.INSPIRATION)
    contact_is_made_up = models.BooleanField(
        default=False, help_text="Contact data was invented, not given by a person"
    )
    source = models.CharField(max_length=80, blank=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="The customer who this person turned out to be; what is left here only keeps the number",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            # The admin's name search: last name by its beginning, in any case.
            models.Index(OpClass(Lower("last_name"), name="text_pattern_ops"), name="customer_last_name_prefix"),
            models.Index(fields=["journey_stage"]),
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="customer_merged_away"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.customer_number


class IdentifierKind(models.TextChoices):
    EMAIL = "email", "e-mail"
    PHONE = "phone", "phone"
    POSTAL_ADDRESS = "postal_address", "postal address"
    LOYALTY_CARD = "loyalty_card", "loyalty card"
    COOKIE = "cookie", "cookie"
    SOCIAL_HANDLE = "social_handle", "social handle"
    PRODUCT = "product", "connected product"


class Identifier(models.Model):
    """A way to recognise or reach a customer; normalised, and unique per kind."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=IdentifierKind)
    value = models.CharField(max_length=320, help_text="Normalised, see campaigns.identity")
    digest = models.BinaryField(
        max_length=32, editable=False, help_text="Keyed hash of kind and value; joins suppressions"
    )
    source = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identifier_unique_per_kind")]
        indexes = [
            # Suppressions are joined by digest.
            models.Index(fields=["digest"]),
            # Imports look for those who are called as somebody else at their address is.
            models.Index(
                fields=["customer"],
                condition=models.Q(kind="postal_address", value__contains="#"),
                name="identifier_of_namesake",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of customer {self.customer_id}"
