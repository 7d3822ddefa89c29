"""What vendors were told is forgotten after 90 days, with every try."""

from datetime import timedelta

from django.utils import timezone

from ..models import WebhookEvent

KEPT = timedelta(days=90)


def forget_old() -> int:
    """Returns how many events and tries that were."""
    return WebhookEvent.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
