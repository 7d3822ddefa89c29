"""Delivery areas of further carriers: what a household lies in beside the area of the first carrier that has it."""

from django.db import models

from .areas import DeliveryArea
from .customers import Household


class OtherArea(models.Model):
    """Written by campaigns.areas.place_customers only, read by campaigns.areas.living."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(DeliveryArea, on_delete=models.CASCADE, related_name="+")
    carrier = models.CharField(max_length=60, help_text="Whose area it is")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "carrier"], name="other_area_once_a_carrier")]

    def __str__(self) -> str:
        return f"household {self.household_id} in area {self.area_id}"
