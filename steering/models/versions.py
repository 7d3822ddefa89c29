"""Versions of the uplift model. Written by steering.learning only."""

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    """One trained model with what it was trained on and how good it is."""

    number = models.PositiveIntegerField(unique=True)
    trained_at = models.DateTimeField(auto_now_add=True)
    trained_on_rows = models.PositiveIntegerField()
    window_from_at = models.DateTimeField(null=True)
    window_to_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the training arrays")
    channels = models.JSONField(help_text="The channel of each column that the model predicts")
    features = models.JSONField(help_text="The name of each feature column")
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    model = models.BinaryField(help_text="skops; no code in it is ever run")
    is_champion = models.BooleanField(default=False)
    promoted_at = models.DateTimeField(null=True, blank=True)
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        permissions = [("promote_modelversion", "Can promote and roll back models")]
        constraints = [
            models.UniqueConstraint(fields=["is_champion"], condition=models.Q(is_champion=True), name="one_champion")
        ]

    def __str__(self) -> str:
        return f"model {self.number}"
