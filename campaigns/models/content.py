"""Content: blocks written once, with per-channel overrides."""

from django.conf import settings
from django.db import models


class Content(models.Model):
    """What to say. `blocks` is validated by campaigns.blocks."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    blocks = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "contents"

    def __str__(self) -> str:
        return self.name


class ContentVersion(models.Model):
    """The blocks of a content as they were when a wave was approved; never changed, so what was sent can be shown."""

    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    blocks = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["content", "number"]
        constraints = [models.UniqueConstraint(fields=["content", "number"], name="content_version_number")]

    def __str__(self) -> str:
        return f"{self.content} v{self.number}"
