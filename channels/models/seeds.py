"""Addresses of our own that get a copy of every e-mail wave of a campaign, and what became of each copy."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import Campaign, Wave


class SeedAddress(models.Model):
    """No customer: staff, and mailboxes that show where a mail ends up."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="seeds", db_index=False)
    email = models.EmailField("e-mail address")
    is_active = models.BooleanField(default=True, help_text="Otherwise it gets no copy of further waves")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "seed addresses"
        constraints = [models.UniqueConstraint(fields=["campaign", "email"], name="seed_address_once")]

    def __str__(self) -> str:
        return self.email


class SeedState(models.TextChoices):
    QUEUED = "queued", "waits"
    SENDING = "sending", "being given away at this moment"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain", "may have left; never sent again"


class SeedCopy(models.Model):
    """One copy of a wave for one address. Its states are written by channels.email.seeds only."""

    seed = models.ForeignKey(SeedAddress, on_delete=models.CASCADE, related_name="copies", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=SeedState, default=SeedState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    state_changed_at = models.DateTimeField(db_default=Now())
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "seed copies"
        constraints = [
            models.UniqueConstraint(fields=["seed", "wave"], name="seed_copy_once"),
            models.CheckConstraint(condition=models.Q(state__in=SeedState.values), name="seed_copy_state_known"),
        ]
        indexes = [
            # What is to be sent, and what a dead worker left.
            models.Index(fields=["due_at"], condition=models.Q(state__in=["queued", "sending"]), name="seed_copy_open"),
        ]

    def __str__(self) -> str:
        return f"copy of {self.wave} for a seed"
