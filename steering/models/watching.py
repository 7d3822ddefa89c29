"""What watching keeps: how much of each wave went out, and what the last check of each invariant found."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models import Wave


class WaveSum(models.Model):
    """Dispatches of a wave that went out by one channel. It only grows, also when people are erased, so it can be a counter."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "channel"], name="wave_summed_once")]

    def __str__(self) -> str:
        return f"{self.number} of wave {self.wave_id} by {self.channel}"


class InvariantCheck(models.Model):
    """The last check of one invariant."""

    name = models.CharField(max_length=200, primary_key=True)
    broken = models.PositiveBigIntegerField()
    checked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name}: {self.broken}"
