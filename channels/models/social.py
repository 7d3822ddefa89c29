"""Custom audiences at social networks: who is in them, the lists that keep them in step, and the batches of a list."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import Customer, Wave

from .ledger import Dispatch
from .networks import NetworkAccount


class AudienceFile(models.Model):
    """One add or remove list, hashed identifiers only: a file in the network's format, or batches for an account."""

    class Action(models.TextChoices):
        ADD = "add"
        REMOVE = "remove"

    network = models.CharField(max_length=20)
    account = models.ForeignKey(
        NetworkAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lists",
        help_text="Empty: a file that somebody uploads",
    )
    wave = models.ForeignKey(Wave, null=True, on_delete=models.SET_NULL, related_name="audience_files")
    action = models.CharField(max_length=6, choices=Action)
    path = models.CharField(max_length=255, help_text="Below SOCIAL_ROOT")
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When the network had all of it")

    class Meta:
        verbose_name = "social list"

    def __str__(self) -> str:
        return self.path


class BatchState(models.TextChoices):
    """Where a batch is; `sending` may or may not have arrived, and is sent again, since adding twice is adding once."""

    WAITING = "waiting"
    SENDING = "sending", "being given to the network"
    UNDERWAY = "underway", "the network works on it"
    TAKEN = "taken", "the network has it"
    FAILED = "failed"


class AudienceBatch(models.Model):
    """A part of a list that one account takes in one call or job. Written by channels.social.uploading only."""

    list = models.ForeignKey(AudienceFile, on_delete=models.CASCADE, related_name="batches")
    account = models.ForeignKey(NetworkAccount, on_delete=models.PROTECT, related_name="batches", db_index=False)
    removes = models.BooleanField(help_text="Taken before whatever adds")
    state = models.CharField(max_length=8, choices=BatchState, default=BatchState.WAITING)
    session = models.BigIntegerField(help_text="Batches of one upload share it")
    sequence = models.PositiveIntegerField(help_text="In its session, from 1")
    is_last = models.BooleanField(help_text="Of its session")
    session_rows = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    progress = models.JSONField(default=dict, help_text="How far a job of several calls is")
    reason = models.CharField(max_length=200, blank=True, help_text="What the network said; nothing personal")
    state_changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "audience batches"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=BatchState.values), name="audience_batch_state_known")
        ]
        indexes = [
            # The next batch of an account.
            models.Index(
                fields=["account", "-removes", "id"],
                condition=models.Q(state__in=["waiting", "sending", "underway"]),
                name="audience_batch_open",
            )
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} of list {self.list_id}"


class AudienceMember(models.Model):
    """A customer who is, or is to be, in a network's custom audience."""

    network = models.CharField(max_length=20)
    account = models.ForeignKey(NetworkAccount, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: erased; still to be removed"
    )
    dispatch = models.OneToOneField(Dispatch, null=True, on_delete=models.SET_NULL, related_name="audience_member")
    added_in = models.ForeignKey(AudienceFile, on_delete=models.PROTECT, related_name="members")
    batch = models.ForeignKey(
        AudienceBatch, null=True, on_delete=models.SET_NULL, related_name="members", help_text="That carries them now"
    )
    listed = models.JSONField(help_text="The row of hashes as it was listed; a remove list must repeat it")
    added_at = models.DateTimeField(db_default=Now(), help_text="When an add list named the customer")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When a remove list named the customer")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "customer"],
                condition=models.Q(removed_at=None, account=None),
                name="audience_member_once",
            ),
            models.UniqueConstraint(
                fields=["account", "customer"],
                condition=models.Q(removed_at=None, account__isnull=False),
                name="audience_member_once_an_account",
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} at {self.network}"
