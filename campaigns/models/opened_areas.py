"""The delivery areas in which a wave's leaflets were planned. Written when the wave starts."""

from django.db import models

from .areas import DeliveryArea
from .campaigns import Wave


class OpenedArea(models.Model):
    """Of a wave with any, nothing is ordered elsewhere: whoever moves after the plan, or is placed anew, opens no area."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "area"], name="area_opened_once_a_wave")]

    def __str__(self) -> str:
        return f"area {self.area_id} in wave {self.wave_id}"
