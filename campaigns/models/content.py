"""Content: blocks written once, approved by a second person, and kept as it was approved. Written by campaigns.workflow."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

PERSON = {"null": True, "blank": True, "on_delete": models.SET_NULL, "related_name": "+"}


class ContentState(models.TextChoices):
    """See campaigns.workflow.STEPS for the moves that are allowed."""

    DRAFT = "draft"
    IN_REVIEW = "in_review", "in review"
    APPROVED = "approved"
    ARCHIVED = "archived"


class Content(models.Model):
    """What to say. `blocks` is validated by campaigns.blocks; the database makes a draft of whatever is rewritten."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    blocks = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ContentState, default=ContentState.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "contents"
        permissions = [("approve_content", "Can approve what somebody else has written")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ContentState.values), name="content_state_known")
        ]

    def __str__(self) -> str:
        return self.name


class ContentVersion(models.Model):
    """The blocks of a content as they were approved. The database refuses to change it, so what was sent can be shown."""

    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    blocks = models.JSONField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    confirmed = models.JSONField(default=list, help_text="The warnings that whoever approved it has confirmed")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["content", "number"]
        constraints = [
            models.UniqueConstraint(fields=["content", "number"], name="content_version_number"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("submitted_by")),
                name="content_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} v{self.number}"


class ContentComment(models.Model):
    """What somebody has to say about a content, or about one of its blocks."""

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="comments")
    block_id = models.CharField(max_length=60, blank=True, help_text="Empty: about the content as a whole")
    text = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.content}"
