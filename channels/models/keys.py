"""Keys of machines that call us: print vendors, shops, tills. Made and checked by channels.keys."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .print import Vendor


class Scope(models.TextChoices):
    """What a key opens. Those of vendors are named by what they touch and how."""

    VENDOR = "vendor", "print vendor API: everything"
    JOBS_READ = "jobs:read", "print vendor API: read jobs and withdrawals"
    FILES_READ = "files:read", "print vendor API: list and download files"
    JOBS_WRITE = "jobs:write", "print vendor API: move jobs on"
    RESULTS_WRITE = "results:write", "print vendor API: report pieces"
    EVENTS = "events", "report events"
    REDEMPTIONS = "redemptions", "redeem coupons"
    POSTS = "posts", "read posts that are to be published"


# VENDOR opens all the others of them.
VENDOR_SCOPES = (Scope.VENDOR, Scope.JOBS_READ, Scope.FILES_READ, Scope.JOBS_WRITE, Scope.RESULTS_WRITE)


class ApiKey(models.Model):
    """One key, shown once and stored hashed. A key of a vendor opens the vendor API; others open what their scopes say."""

    Scope = Scope

    name = models.CharField(max_length=120)
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), help_text="What it opens")
    networks = ArrayField(
        models.CharField(max_length=49),
        default=list,
        blank=True,
        verbose_name="allowed networks",
        help_text="From which it may be used, e.g. 198.51.100.0/24; empty: from everywhere",
    )
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(vendor__isnull=False, scopes__contained_by=VENDOR_SCOPES)
                | (models.Q(vendor=None) & ~models.Q(scopes__overlap=VENDOR_SCOPES)),
                name="vendor_key_has_vendor",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len__gt=0, scopes__contained_by=Scope.values), name="key_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
