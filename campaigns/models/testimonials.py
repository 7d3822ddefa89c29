"""What customers said to service that may be quoted: found, asked about, permitted, approved."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .customers import Customer
from .service import ServiceCase


class TestimonialState(models.TextChoices):
    """`campaigns.testimonials.life` is the only writer."""

    PROPOSED = "proposed", "proposed"
    DISMISSED = "dismissed", "dismissed"
    ASKED = "asked", "the customer was asked"
    REFUSED = "refused", "refused by the customer"
    PERMITTED = "permitted", "permitted, to be approved"
    APPROVED = "approved", "approved"
    WITHDRAWN = "withdrawn", "withdrawn by the customer"


class Naming(models.TextChoices):
    """How a customer wants to be named beneath their words."""

    NOBODY = "nobody", "not at all"
    INITIALS = "initials", "A. W."
    FIRST_NAME = "first_name", "Anna W."
    WITH_CITY = "with_city", "Anna W., Berlin"


class Testimonial(models.Model):
    """A passage of a service case, without what tells who is who. From the question on its words never change."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="testimonials")
    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="testimonials")
    quote = models.CharField(max_length=600)
    language = models.CharField(max_length=2)
    score = models.FloatField(help_text="how sure the classifier is that this is praise, from 0 to 1")
    state = models.CharField(
        max_length=10, choices=TestimonialState, default=TestimonialState.PROPOSED, db_default=TestimonialState.PROPOSED
    )
    naming = models.CharField(max_length=10, choices=Naming, default=Naming.NOBODY, db_default=Naming.NOBODY)
    who = models.CharField(max_length=80, blank=True, default="", db_default="")
    permission_text = models.CharField(
        max_length=20, blank=True, default="", db_default=""
    )  # version of what they read
    proposed_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("ask_testimonial", "Can ask customers whether they may be quoted")]
        constraints = [
            models.UniqueConstraint(fields=["case", "quote"], name="one_testimonial_per_passage"),
            models.CheckConstraint(
                condition=models.Q(state__in=TestimonialState.values), name="testimonial_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"testimonial {self.pk}"
