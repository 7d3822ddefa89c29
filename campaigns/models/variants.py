"""Several contents of one option, compared with each other. Written by campaigns.variants."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from .campaigns import Option
from .content import PERSON, Content


class Sharing(models.TextChoices):
    FIXED = "fixed", "fixed shares: a customer stays with a variant"
    THOMPSON = "thompson", "by what may be best (Thompson sampling), anew for each wave"


class Comparison(models.Model):
    """How an option's customers are shared out among its variants, and which one was chosen in the end."""

    option = models.OneToOneField(Option, on_delete=models.CASCADE, related_name="comparison")
    sharing = models.CharField(max_length=8, choices=Sharing, default=Sharing.FIXED)
    winner = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Number of the variant that is the only one from the next wave on"
    )
    promoted_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    promoted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "variants"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"variants of {self.option}"


class Variant(models.Model):
    """One of the contents; its number stands in every dispatch that carries it, so it never changes."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="variants")
    number = models.PositiveSmallIntegerField()
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="variants")
    share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.5"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Of the customers, beside the shares of the others; 0: no more from the next wave on",
    )

    class Meta:
        ordering = ["comparison", "number"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "number"], name="variant_number"),
            models.UniqueConstraint(fields=["comparison", "content"], name="variant_content_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="variant_numbered_from_one"),
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="variant_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.letter}: {self.content}"

    @property
    def letter(self) -> str:
        return letter(self.number)


def letter(number: int) -> str:
    """What people call a variant: A, B, ..., Z, 27, 28."""
    return chr(ord("A") + number - 1) if number <= 26 else str(number)
