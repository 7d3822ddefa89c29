"""Pairs of customers who may be one person, and merges. Written by campaigns.duplicates."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .customers import Customer


class PairState(models.TextChoices):
    OPEN = "open", "to be decided"
    SAME = "same", "same person"
    DIFFERENT = "different", "different people"


class DuplicatePair(models.Model):
    """Two customers who may be one person; what was decided is never asked again."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField(help_text="That both are one person, as estimated")
    is_sure = models.BooleanField("sure", default=False)
    agrees = ArrayField(models.CharField(max_length=40), default=list, help_text="What speaks for it")
    differs = ArrayField(models.CharField(max_length=40), default=list, help_text="What speaks against it")
    cluster = models.BigIntegerField(help_text="The least customer id of all who hang together")
    state = models.CharField(max_length=10, choices=PairState, default=PairState.OPEN)
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "possible duplicate"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_in_order"),
        ]
        indexes = [
            # What is to be decided next, surest first.
            models.Index(fields=["-probability", "id"], condition=models.Q(state="open"), name="duplicate_pair_open"),
            models.Index(fields=["cluster"], condition=models.Q(state="open"), name="duplicate_pair_cluster"),
        ]
        permissions = [("merge_duplicatepair", "Can merge customers who are one person, and undo it")]

    def __str__(self) -> str:
        return f"{self.first.customer_number} and {self.second.customer_number}"


class CustomerMerge(models.Model):
    """One customer merged into another, with what is needed to undo it until `undoable_until`."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField(default=dict, help_text="Both as they were; emptied when it can no longer be undone")
    moved = models.JSONField(default=dict, help_text="Ids of the rows that changed hands, by table")
    is_automatic = models.BooleanField(default=False)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    merged_at = models.DateTimeField(db_default=Now(), editable=False)
    undoable_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "merge"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.merged.customer_number} into {self.kept.customer_number}"
