"""What the company sells, as its shop's feed says; written by campaigns.catalogue."""

from django.db import models
from django.db.models import F, Q


class ProductQuerySet(models.QuerySet["Product"]):
    def current(self) -> "ProductQuerySet":
        return self.filter(until=None)


class Product(models.Model):
    """What was true of a product from `since` until `until`; an import that changes anything begins a row of its own."""

    sku = models.CharField("id", max_length=50, help_text="The shop's own")
    title = models.CharField(max_length=150)
    description = models.CharField(max_length=160, blank=True)
    price_cents = models.PositiveBigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    url = models.CharField("link", max_length=2000, blank=True)
    source = models.CharField("picture", max_length=200, blank=True)
    is_available = models.BooleanField("available", default=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["sku"]
        permissions = [("import_product", "Can bring products up to date from a feed")]
        constraints = [
            models.UniqueConstraint(fields=["sku"], condition=Q(until=None), name="product_current_once"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="product_until_after_since"
            ),
        ]
        # What was true when a message was sent.
        indexes = [models.Index(fields=["sku", "since"], name="product_past")]

    def __str__(self) -> str:
        return f"{self.title} ({self.sku})"
