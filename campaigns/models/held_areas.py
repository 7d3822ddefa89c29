"""Delivery areas that must get none of a wave's leaflets, so that areas can be compared. Written when the wave starts."""

from django.db import models

from .areas import DeliveryArea
from .campaigns import Wave


class HeldArea(models.Model):
    """Nothing is ordered for it, whoever moves there between the plan and the order."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "area"], name="area_held_once_a_wave")]

    def __str__(self) -> str:
        return f"area {self.area_id} in wave {self.wave_id}"
