"""A sign of life from each queue, written to the database by whoever takes a message from it.

A worker that lost its broker may look alive, answer pings, and take nothing; its queue then falls silent.
"""

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from . import queues
from .models import Canary

SILENT_AFTER = timedelta(minutes=3)  # one call a minute, and tasks of a quarter of a minute before it


def sing(queue: str) -> None:
    Canary.objects.bulk_create(
        [Canary(queue=queue, sang_at=Now())], update_conflicts=True, unique_fields=["queue"], update_fields=["sang_at"]
    )


def silent(after: timedelta = SILENT_AFTER) -> list[str]:
    """Queues from which nobody has taken a message for so long, or ever."""
    heard = set(Canary.objects.filter(sang_at__gt=timezone.now() - after).values_list("queue", flat=True))
    return [queue for queue in queues.every() if queue not in heard]
