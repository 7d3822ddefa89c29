"""Versions of the uplift model. Written by steering.learning only."""

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    """One trained model with what it was trained on, how good it is, and why it decides or does not.

    At most one is the champion, which decides, and at most one the challenger: the newest that was not good enough yet, or
    that nobody has promoted.
    """

    number = models.PositiveIntegerField(unique=True)
    trained_at = models.DateTimeField(auto_now_add=True)
    trained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: the schedule",
    )
    trained_on_rows = models.PositiveIntegerField()
    window_from_at = models.DateTimeField(null=True)
    window_to_at = models.DateTimeField(null=True)
    known_until_at = models.DateTimeField(help_text="Nothing that happened later was learned from")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the training arrays")
    treatments = models.JSONField(help_text="The channel and content of each column that the model predicts")
    features = models.JSONField(help_text="The name of each feature column")
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    reference = models.JSONField(default=dict, help_text="How features and scores were spread, for their stability")
    model = models.BinaryField(help_text="skops; no code in it is ever run")
    is_champion = models.BooleanField(default=False)
    is_challenger = models.BooleanField(default=False)
    reason = models.TextField(blank=True, help_text="Why it decides, or does not")
    promoted_at = models.DateTimeField(null=True, blank=True)
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "model"
        ordering = ["-number"]
        permissions = [("promote_modelversion", "Can promote and roll back models")]
        constraints = [
            models.UniqueConstraint(fields=["is_champion"], condition=models.Q(is_champion=True), name="one_champion"),
            models.UniqueConstraint(
                fields=["is_challenger"], condition=models.Q(is_challenger=True), name="one_challenger"
            ),
            models.CheckConstraint(
                condition=~models.Q(is_champion=True, is_challenger=True), name="champion_or_challenger"
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.number}"
