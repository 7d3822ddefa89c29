"""Scores on their way from those who score to the planner. Written and removed by steering.planning.shards only."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import Wave

from .versions import ModelVersion


class Scoring(models.Model):
    """An audience that is scored in shards by whoever is free, with all that a worker needs to know."""

    # Its row may not be committed yet, as the plan is made in one transaction.
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.CASCADE, related_name="+")
    as_of_at = models.DateTimeField(help_text="Features know nothing later")
    channels = models.JSONField(help_text="Those whose eligibility is asked for")
    treatments = models.JSONField(help_text="What is scored, in the order of the options")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"scoring {self.pk} of wave {self.wave_id}"


class Shard(models.Model):
    """A part of the audience. Whoever holds its row locked is scoring it; what they found appears with `done_at`."""

    scoring = models.ForeignKey(Scoring, on_delete=models.CASCADE, related_name="shards", db_index=False)
    number = models.PositiveIntegerField()
    customer_ids = models.BinaryField(help_text="int64, little endian, rising")
    done_at = models.DateTimeField(null=True)
    counted = models.JSONField(default=list, help_text="Per channel, how many customers have each eligibility code")
    watched = models.JSONField(null=True, help_text="Counts for the stability of features and scores")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scoring", "number"], name="shard_once")]

    def __str__(self) -> str:
        return f"shard {self.number} of scoring {self.scoring_id}"


class Score(models.Model):
    """What was found in a shard: the arrays of who may get something, little endian, a row for each customer.

    One row of the table a shard, because the planner wants all of them at once and nothing else. The table is not
    logged: a crash of the database ends the scoring, too.
    """

    shard = models.OneToOneField(
        Shard, on_delete=models.CASCADE, primary_key=True, related_name="score", db_constraint=False
    )
    customer_ids = models.BinaryField(help_text="(n,) int64")
    household = models.BinaryField(help_text="(n,) int64, -1 for none")
    area = models.BinaryField(help_text="(n,) int64, -1 for none")
    reasons = models.BinaryField(help_text="(n, channels) int16, eligibility codes")
    uplift = models.BinaryField(help_text="(n, treatments) float64, expected sales in cents")

    def __str__(self) -> str:
        return f"scores of {self.shard_id}"
