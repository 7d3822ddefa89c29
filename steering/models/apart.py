"""A wave that is decided apart, shard by shard. Written and removed by steering.planning.apart and .shards only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .rooms import Room
from .scores import Scoring, Shard


class Apart(models.Model):
    """What all shards of a scoring decide by."""

    scoring = models.OneToOneField(Scoring, on_delete=models.CASCADE, primary_key=True, related_name="apart")
    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="+")
    prices = ArrayField(models.FloatField(), help_text="Of each limit, from a sample of the shards")

    def __str__(self) -> str:
        return f"prices of scoring {self.scoring_id}"


class Portion(models.Model):
    """A shard's part of every limit, and its decision. Whoever holds the row locked is at work on it."""

    shard = models.OneToOneField(Shard, on_delete=models.CASCADE, primary_key=True, related_name="portion")
    asked = ArrayField(models.FloatField(), null=True, help_text="What its customers would use at the prices")
    allotted = ArrayField(models.FloatField(), null=True, help_text="What they may use; empty: not all have asked")
    told = models.JSONField(null=True, help_text="The totals of its decision; empty: not decided")
    rows = models.BinaryField(null=True, help_text="Its assignments, as they will be copied")

    def __str__(self) -> str:
        return f"portion of shard {self.shard_id}"
