"""The record of scheduled runs: whoever inserts the slot first runs it, so two beats do no harm."""

from django.db import models
from django.db.models.functions import Now


class ScheduleRun(models.Model):
    name = models.CharField(max_length=60)
    slot = models.DateTimeField()
    started_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="scheduled_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot}"
