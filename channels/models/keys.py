"""Keys of machines that call us: print vendors, shops, tills. Made and checked by channels.keys."""

from django.db import models
from django.db.models.functions import Now

from .print import Vendor


class ApiKey(models.Model):
    """One key, shown once and stored hashed. A key of a vendor opens the vendor API; others open what their scopes say."""

    class Scope(models.TextChoices):
        VENDOR = "vendor", "print vendor API, own jobs only"
        EVENTS = "events", "report events"
        REDEMPTIONS = "redemptions", "redeem coupons"
        POSTS = "posts", "read posts that are to be published"

    name = models.CharField(max_length=120)
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    scope = models.CharField(max_length=12, choices=Scope)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope="vendor", vendor__isnull=False)
                | (~models.Q(scope="vendor") & models.Q(vendor=None)),
                name="vendor_key_has_vendor",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
