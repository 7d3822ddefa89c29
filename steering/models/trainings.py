"""The record of trainings of the uplift model. Written by steering.trainings only."""

from django.db import models
from django.db.models.functions import Now


class Training(models.Model):
    """One attempt: under way, over, or failed; one whose worker died stays as if it were under way."""

    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True, help_text="Why there is no new model, in words for staff; empty: none")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(failure="") | models.Q(ended_at__isnull=False), name="failed_training_ended"
            )
        ]

    def __str__(self) -> str:
        return f"training {self.pk}"
