"""How long returned mail is kept: what a person should look at for some weeks, that it was there for some months."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from channels.models import InboundMail

KNOWN_FOR = timedelta(days=180)  # the same mail that comes again is one mail


def forget_old() -> int:
    """Forget contents and rows whose time is over; returns how many contents."""
    now = timezone.now()
    InboundMail.objects.filter(received_at__lt=now - KNOWN_FOR).delete()
    old = InboundMail.objects.filter(received_at__lt=now - timedelta(days=settings.INBOUND_KEPT_DAYS))
    return old.filter(content__isnull=False).update(content=None)
