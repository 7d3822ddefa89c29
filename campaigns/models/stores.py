"""Where customers can buy: the company's stores. Written by campaigns.stores and in the admin."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Store(models.Model):
    """A store that leaflets may name."""

    code = models.CharField(max_length=40, unique=True, help_text="The company's own; tills send it with redemptions")
    name = models.CharField(max_length=120)
    street = models.CharField(max_length=160, help_text="Street and house number")
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=120)
    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    hours = models.CharField(max_length=200, blank=True, help_text="Opening hours, as they are to be printed")
    url = models.URLField(max_length=500, blank=True, help_text="Link to the map")
    is_open = models.BooleanField(default=True, help_text="Closed stores are named nowhere")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="store_on_earth",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postcode} {self.city}"
