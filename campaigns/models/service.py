"""Service dialogue: what a customer asked or complained about."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .customers import Customer


class ServiceCase(models.Model):
    """One matter between a customer and service; an open complaint keeps the customer out of campaigns."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint"
        QUESTION = "question"
        PRAISE = "praise"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="service_cases")
    kind = models.CharField(max_length=12, choices=Kind)
    medium = models.CharField(max_length=20, default="phone")
    subject = models.CharField(max_length=160)
    note = models.TextField(blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    looked_through_at = models.DateTimeField(null=True, blank=True, editable=False)  # by campaigns.testimonials.finding
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"],
                condition=models.Q(kind="complaint", closed_at=None),
                name="open_complaint",  # eligibility leaves these customers out
            ),
            models.Index(fields=["id"], condition=models.Q(looked_through_at=None), name="not_looked_through"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"
