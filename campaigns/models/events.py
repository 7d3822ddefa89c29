"""Events: everything a customer did or received, online and offline."""

from django.db import models
from django.db.models.functions import Now

from .customers import Customer


class EventKind(models.TextChoices):
    """The closed vocabulary of touchpoints; feedback kinds are past tense."""

    CONTACTED = "contacted"
    PAGE_VIEWED = "page_viewed"
    PRODUCT_VIEWED = "product_viewed"
    CART_LEFT = "cart_left"
    PURCHASED = "purchased"
    STORE_VISITED = "store_visited"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    SHOWN = "shown"
    REDEEMED = "redeemed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    RETURNED = "returned"
    SERVICE_CALLED = "service_called"
    PRODUCT_REGISTERED = "product_registered"
    PRODUCT_SIGNALLED = "product_signalled"


class Event(models.Model):
    """One touchpoint.

    Ready for range partitions by `occurred_at`: nothing refers to an event by foreign key, and what is unique
    contains the time.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=20, choices=EventKind)
    medium = models.CharField(max_length=20, help_text="Channel name, or web, store, phone, product")
    is_online = models.BooleanField()
    occurred_at = models.DateTimeField()
    value_cents = models.BigIntegerField(default=0, help_text="Money in cents of the platform's currency")
    source = models.CharField(max_length=40, help_text="Who reported it")
    source_key = models.CharField(max_length=80, help_text="The reporter's own key; the same key is one event")
    dispatch_id = models.BigIntegerField(null=True, blank=True, help_text="The dispatch that it answers")
    attributes = models.JSONField(default=dict, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_key", "occurred_at"], name="event_reported_once"),
        ]
        indexes = [
            # A customer's history, features and audience rules.
            models.Index(fields=["customer", "occurred_at"]),
            # Results of a campaign.
            models.Index(
                fields=["dispatch_id", "kind"], condition=models.Q(dispatch_id__isnull=False), name="event_of_dispatch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.medium}"
