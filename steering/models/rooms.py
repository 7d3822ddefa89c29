"""What is left of a wave's limits while shards decide apart. Written by steering.planning.reserving only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from campaigns.models import Wave


class Room(models.Model):
    """One row for all limits, so that one conditional UPDATE takes of all of them, or of none."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    left = ArrayField(
        models.FloatField(), help_text="Of each limit, in the order of the allocation; infinite: no limit"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"room {self.pk} of wave {self.wave_id}"
