"""How often a banner was seen, kept up with every impression, so that nobody has to count events."""

from django.db import models

from campaigns.models import Option, Wave


class ImpressionCount(models.Model):
    """Impressions of one option of a wave. Web processes count on rows of their own, so that none waits for another."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+", db_index=False)
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="+", db_index=False)
    shard = models.PositiveSmallIntegerField()
    hour = models.IntegerField(help_text="The hour of the flight in which it was seen last, from 0")
    in_hour = models.PositiveIntegerField(help_text="Impressions in that hour")
    shown = models.PositiveBigIntegerField(help_text="Impressions in all")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "option", "shard"], name="impression_count_once")]

    def __str__(self) -> str:
        return f"{self.shown} impressions of option {self.option_id} in wave {self.wave_id}"
