"""Work on a schedule: each slot of time is claimed in the database, so two beats, or a message that comes twice, do no harm."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from .models import ScheduleRun

KEPT_FOR = timedelta(days=30)
CLAIM = "INSERT INTO steering_schedulerun (name, slot) VALUES (%s, %s) ON CONFLICT (name, slot) DO NOTHING"


def claim(name: str, *, every: timedelta) -> bool:
    """True for the first who asks in this slot. Slots are counted in UTC, so no clock change repeats or skips one.

    The clock is the database's, the only one that all machines share: one that is an hour off takes nobody's slot.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        cursor.execute(CLAIM, [name, slot_of(cursor.fetchone()[0], every)])
        return cursor.rowcount == 1


def slot_of(moment: datetime, every: timedelta) -> datetime:
    """The beginning of the slot of this moment."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return start + (moment - start) // every * every


def forget_old() -> int:
    return ScheduleRun.objects.filter(slot__lt=timezone.now() - KEPT_FOR).delete()[0]
