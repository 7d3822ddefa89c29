"""Offers, the codes that belong to them, and what was redeemed. Written by campaigns.offers only."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from .campaigns import Option, Wave
from .customers import Customer

SHARE = {"max_digits": 5, "decimal_places": 4, "validators": [MinValueValidator(0), MaxValueValidator(1)]}
SLUG = r"^[a-z0-9][a-z0-9_-]{0,39}$"
CODE = r"^[A-Z0-9][A-Z0-9-]{2,15}$"


class OfferKind(models.TextChoices):
    SHARED = "shared", "one code for everybody"
    UNIQUE = "unique", "a code of its own for each customer"


class RedeemedAt(models.TextChoices):
    EVERYWHERE = "everywhere"
    ONLINE = "online"
    STORE = "store", "in stores"


class Offer(models.Model):
    """What a customer may redeem, until when, and what that costs the company."""

    slug = models.CharField(
        "short name",
        max_length=40,
        unique=True,
        validators=[RegexValidator(SLUG, "must be small letters, digits, - or _")],
        help_text="How contents name it; stays the same for ever",
    )
    name = models.CharField(max_length=120)
    terms = models.JSONField(default=dict, blank=True, help_text="The small print, by language: de, en")
    kind = models.CharField(max_length=8, choices=OfferKind, default=OfferKind.UNIQUE)
    code = models.CharField(
        max_length=16,
        blank=True,
        validators=[RegexValidator(CODE, "must be 3 to 16 capitals, digits and -")],
        help_text="Of a shared offer: the code",
    )
    valid_from_on = models.DateField("valid from", null=True, blank=True)
    valid_until_on = models.DateField("valid until", null=True, blank=True, help_text="The last day")
    where = models.CharField("redeemed", max_length=10, choices=RedeemedAt, default=RedeemedAt.EVERYWHERE)
    stores = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Only in these stores, by the codes that tills send, separated by commas; empty: in all",
    )
    minimum_basket_cents = models.PositiveIntegerField(default=0, help_text="Of the sale, before the coupon")
    most_uses = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of a shared code, by everybody together; empty: no limit"
    )
    uses = models.PositiveIntegerField(db_default=0, default=0, editable=False)
    cost_cents = models.PositiveIntegerField(default=0, help_text="What one redemption costs, in cents")
    cost_share = models.DecimalField(
        default=Decimal(0), **SHARE, help_text="And as a share of the basket: 0.2 for 20 %"
    )
    expected_basket_cents = models.PositiveIntegerField(
        default=5000, help_text="The basket of a redemption, until baskets have been seen"
    )
    expected_rate = models.DecimalField(
        default=Decimal("0.03"), **SHARE, help_text="Of those who get it, who redeem it, until that has been seen"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Nothing is redeemed since")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        permissions = [
            ("withdraw_offer", "Can withdraw offers and codes"),
            ("export_offer", "Can read the codes of a pool out as a file"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="shared_code_once"),
            models.CheckConstraint(
                condition=models.Q(kind="unique", code="") | models.Q(kind="shared") & ~models.Q(code=""),
                name="offer_shared_by_its_code",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until_on=None)
                | models.Q(valid_from_on=None)
                | models.Q(valid_until_on__gte=models.F("valid_from_on")),
                name="offer_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(most_uses=None) | models.Q(uses__lte=models.F("most_uses")),
                name="offer_not_used_too_often",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the form says in words; the database insists."""
        if self.kind == OfferKind.SHARED and not self.code:
            raise ValidationError({"code": "say the code that everybody gets"})
        if self.kind == OfferKind.UNIQUE and (self.code or self.most_uses is not None):
            raise ValidationError(
                "every customer gets a code of their own here: leave the shared code and its uses empty"
            )
        if self.valid_from_on and self.valid_until_on and self.valid_until_on < self.valid_from_on:
            raise ValidationError({"valid_until_on": "ends before it begins"})


class CouponState(models.TextChoices):
    """See campaigns.offers; the database refuses any other move than those that lead on from free."""

    FREE = "free"
    RESERVED = "reserved", "reserved for a plan"
    GIVEN = "given", "given with a message"
    REDEEMED = "redeemed"
    WITHDRAWN = "withdrawn"


class Coupon(models.Model):
    """One code of a pool. It is given to one message at most: its row names one, and never another.

    Foreign keys are not checked row by row, which is half of what writing a million costs.
    """

    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, related_name="coupons", db_index=False, db_constraint=False
    )
    code = models.CharField(max_length=40, help_text="As it is shown")
    key = models.CharField(
        max_length=40, unique=True, db_collation="C", help_text="As it is compared: capitals and digits only"
    )
    state = models.CharField(max_length=10, choices=CouponState, db_default=CouponState.FREE, default=CouponState.FREE)
    wave = models.ForeignKey(
        Wave, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    dispatch_id = models.BigIntegerField(null=True, help_text="The message that it was given with")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "wave", "offer"],
                condition=models.Q(customer__isnull=False),
                name="one_code_of_an_offer_per_wave",
            ),
            models.UniqueConstraint(
                fields=["dispatch_id", "offer"],
                condition=models.Q(dispatch_id__isnull=False),
                name="one_code_of_an_offer_per_message",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["free", "reserved"], dispatch_id=None)
                | models.Q(state__in=["given", "redeemed"], dispatch_id__isnull=False)
                | models.Q(state="withdrawn"),
                name="code_given_with_a_message",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="free") | models.Q(wave=None, customer=None), name="free_code_is_nobodys"
            ),
        ]
        indexes = [
            # What reservations take from, and what is left.
            models.Index(fields=["offer", "id"], condition=models.Q(state="free"), name="coupon_free"),
            # What a plan gives back.
            models.Index(fields=["wave"], condition=models.Q(state="reserved"), name="coupon_reserved"),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"


class CouponUse(models.Model):
    """One redemption of an offer, with the message that it answers, as far as that is known."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="redemptions")
    coupon = models.OneToOneField(Coupon, null=True, on_delete=models.PROTECT, related_name="use")
    receipt = models.CharField(max_length=80)
    store = models.CharField(max_length=40, blank=True)
    is_online = models.BooleanField()
    value_cents = models.BigIntegerField(null=True, help_text="Of the sale, before the coupon")
    redeemed_at = models.DateTimeField()
    dispatch_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "receipt"], condition=models.Q(coupon=None), name="shared_code_once_a_receipt"
            ),
            models.UniqueConstraint(
                fields=["offer", "dispatch_id"],
                condition=models.Q(dispatch_id__isnull=False),
                name="offer_redeemed_once_a_message",
            ),
        ]

    def __str__(self) -> str:
        return f"redemption {self.pk} of {self.offer_id}"


class WaveOffer(models.Model):
    """Which offers each content of a wave shows; fixed when the wave is planned, and again when it is approved."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="offers")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.PositiveSmallIntegerField(db_default=0, default=0)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="waves")
    is_main = models.BooleanField(
        db_default=False, default=False, help_text="Its code is that of the message, as `coupon_code`"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "option", "variant", "offer"], name="wave_offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} in wave {self.wave_id}"
