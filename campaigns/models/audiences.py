"""Audiences: a named rule tree."""

from django.conf import settings
from django.db import models


class Audience(models.Model):
    """Whom to reach. `rule` is validated by campaigns.rules and compiled to one query by campaigns.audiences."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    rule = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
