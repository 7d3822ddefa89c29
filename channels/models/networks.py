"""Our accounts at social networks, and at whoever takes posts by webhook. Used through channels.social.accounts."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now


class NetworkKind(models.TextChoices):
    META = "meta", "Meta custom audience"
    GOOGLE = "google", "Google Customer Match"
    LINKEDIN = "linkedin", "LinkedIn matched audience"
    MASTODON = "mastodon", "Mastodon account"
    WEBHOOK = "webhook", "Webhook"


class NetworkHealth(models.TextChoices):
    UNKNOWN = "unknown", "not tried yet"
    WORKS = "works"
    FAILS = "fails", "fails: somebody must mend it"


class NetworkAccount(models.Model):
    """One account with its secret, which is sealed and never shown, and with how many calls it may still make."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(
        "short name", unique=True, help_text="Options of campaigns name it by this; it never changes"
    )
    kind = models.CharField(max_length=10, choices=NetworkKind)
    base_url = models.URLField(
        blank=True, help_text="Of a Mastodon server or a webhook; empty: where the network itself is"
    )
    owner_id = models.CharField(
        max_length=80, blank=True, help_text="Google: the customer id; other networks need none", verbose_name="owner"
    )
    audience_id = models.CharField(
        max_length=80, blank=True, help_text="Of the custom audience, user list or DMP segment", verbose_name="audience"
    )
    sealed_secret = models.TextField(blank=True, editable=False)
    is_active = models.BooleanField(default=True)
    is_for_tests = models.BooleanField(
        default=False, help_text="Contents that are tried out are posted here, and no post of a campaign is"
    )
    calls_an_hour = models.PositiveIntegerField(
        default=600, validators=[MinValueValidator(1)], help_text="Most calls that we make in an hour"
    )
    calls = models.PositiveIntegerField(default=0, editable=False, help_text="Since the hour began")
    hour_began_at = models.DateTimeField(db_default=Now(), editable=False)
    quiet_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="As the network asked")
    busy_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="The lease of who works on it")
    busy_token = models.UUIDField(null=True, blank=True, editable=False)
    health = models.CharField(max_length=8, choices=NetworkHealth, default=NetworkHealth.UNKNOWN, editable=False)
    health_reason = models.CharField(max_length=200, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False, help_text="One after the other")
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=NetworkKind.values), name="network_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
