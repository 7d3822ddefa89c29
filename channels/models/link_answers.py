"""How links of contents answered when they were looked at. Written by channels.checks.link_answers only."""

from django.db import models
from django.db.models.functions import Now


class LinkAnswer(models.Model):
    """One address that a content leads to. It holds nothing personal: contents have no placeholders in links."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the address, which may be long")
    url = models.TextField()
    status = models.PositiveSmallIntegerField(default=0, help_text="Of HTTP; 0: no answer")
    reason = models.CharField(max_length=100, blank=True, help_text="In a few words of ours")
    asked_at = models.DateTimeField(db_default=Now(), editable=False, help_text="When somebody last wanted to know")
    looked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="link_answer_age")]  # for forgetting old ones

    def __str__(self) -> str:
        return f"answer {self.pk}"
