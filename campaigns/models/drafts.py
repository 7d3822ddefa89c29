"""What somebody writes and has not saved yet. Written by campaigns.drafts."""

from django.conf import settings
from django.db import models

from .content import Content


class ContentDraft(models.Model):
    """One for each writer and content; `content` is None for one that is not there yet."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    content = models.ForeignKey(Content, null=True, on_delete=models.CASCADE, related_name="drafts")
    name = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    blocks = models.JSONField()
    seen = models.CharField(max_length=40, blank=True, help_text="The state of the content that the writer began with")
    kept_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "content"], nulls_distinct=False, name="content_draft_once")
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"draft of content {self.content_id or '(new)'}"
