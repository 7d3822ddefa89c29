"""Posts to nobody in particular. Their states are written by channels.social.posts only."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from campaigns.models import Campaign, ContentVersion, Wave

from .networks import NetworkAccount


class PostState(models.TextChoices):
    """Where a post is. See channels.social.posts.ARROWS for the moves that are allowed."""

    DRAFT = "draft"
    APPROVED = "approved", "approved; waits for its time"
    PUBLISHING = "publishing", "being given away at this moment"
    SCHEDULED = "scheduled", "with the network until its time"
    PUBLISHED = "published"
    WITHDRAWING = "withdrawing", "to be taken down"
    WITHDRAWN = "withdrawn", "taken down"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain", "may have been published; for a person to decide"


class SocialPost(models.Model):
    """A version of a campaign's content, published once on one account."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="posts")
    wave = models.ForeignKey(Wave, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    version = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(NetworkAccount, on_delete=models.PROTECT, related_name="posts")
    publish_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as soon as it is approved")
    state = models.CharField(max_length=12, choices=PostState, default=PostState.DRAFT, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="The network takes it once")
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(db_default=Now(), editable=False, help_text="When it is next worked on")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    first_tried_at = models.DateTimeField(null=True, editable=False, help_text="With this key")
    media_id = models.CharField(max_length=120, blank=True, editable=False)
    scheduled_id = models.CharField(max_length=120, blank=True, editable=False)
    provider_id = models.CharField(max_length=120, blank=True, editable=False)
    url = models.URLField(max_length=500, blank=True, editable=False)
    answer = models.CharField(max_length=200, blank=True, editable=False, help_text="What the network said last")
    published_at = models.DateTimeField(null=True, editable=False)
    state_changed_at = models.DateTimeField(db_default=Now(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "post"
        permissions = [("approve_socialpost", "Can approve somebody else's post")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PostState.values), name="post_state_known"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("planned_by")),
                name="post_approved_by_a_second_person",
            ),
        ]
        indexes = [
            # What is to be worked on.
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["approved", "publishing", "scheduled", "withdrawing"]),
                name="post_due",
            )
        ]

    def __str__(self) -> str:
        return f"post {self.pk}"
