"""Digital time-outs: days on which a person wants to be left alone. Written by campaigns.time_outs."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from .customers import Customer


class TimeOut(models.Model):
    """Nothing goes out to this person from the first to the last day, in their own time zone."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="time_outs", db_index=False)
    from_on = models.DateField("first day")
    until_on = models.DateField("last day")
    is_everything = models.BooleanField(
        "letters and leaflets too", default=False, help_text="Otherwise only what is digital waits"
    )
    source = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "time-out"
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="time_out_ends_after_it_begins")
        ]
        indexes = [
            # Is there one for this customer?
            models.Index(fields=["customer", "until_on"], name="time_out_of_customer"),
            # Is there any at all?
            models.Index(fields=["until_on"], name="time_out_end"),
        ]

    def __str__(self) -> str:
        return f"time-out of customer {self.customer_id} until {self.until_on}"
