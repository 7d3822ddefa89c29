"""Custom audiences at social networks: who is in them, and the files that keep them in step."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import Customer, Wave

from .ledger import Dispatch


class AudienceFile(models.Model):
    """One add or remove list in a network's format, hashed identifiers only."""

    class Action(models.TextChoices):
        ADD = "add"
        REMOVE = "remove"

    network = models.CharField(max_length=20)
    wave = models.ForeignKey(Wave, null=True, on_delete=models.SET_NULL, related_name="audience_files")
    action = models.CharField(max_length=6, choices=Action)
    path = models.CharField(max_length=255, help_text="Below SOCIAL_ROOT")
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.path


class AudienceMember(models.Model):
    """A customer who is, or is to be, in a network's custom audience."""

    network = models.CharField(max_length=20)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: erased; still to be removed"
    )
    dispatch = models.OneToOneField(Dispatch, null=True, on_delete=models.SET_NULL, related_name="audience_member")
    added_in = models.ForeignKey(AudienceFile, on_delete=models.PROTECT, related_name="members")
    listed = models.JSONField(help_text="The row of hashes as it was listed; a remove list must repeat it")
    added_at = models.DateTimeField(db_default=Now(), help_text="When an add list named the customer")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When a remove list named the customer")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "customer"], condition=models.Q(removed_at=None), name="audience_member_once"
            )
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} at {self.network}"
