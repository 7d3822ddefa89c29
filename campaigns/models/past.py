"""What texts said about a customer before it changed; a trigger of the database writes it, see campaigns.personalise."""

from django.db import models

from .customers import Customer


class CustomerPast(models.Model):
    """Kept of customers who got something, so that it can be shown as they got it; it goes with the customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="past", db_index=False)
    until_at = models.DateTimeField(help_text="True until then")
    said = models.JSONField(help_text="Columns of the customer and of the household, by name")

    class Meta:
        indexes = [models.Index(fields=["customer", "until_at"], name="past_of_customer")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} until {self.until_at}"
