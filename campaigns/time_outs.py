"""Digital time-outs: sole writer of the days on which a person wants to be left alone. They may overlap and abut.

A time-out is no objection: what was planned waits until it is over, and expires only where its deadline comes first.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from .models import TimeOut

LONGEST_DAYS = 366  # whoever wants longer peace objects


class TimeOutError(ValueError):
    """Days that make no time-out; the message is for people."""


def take(*, customer_id: int, from_on: date, until_on: date, source: str, is_everything: bool = False) -> TimeOut:
    """Leave this person alone from the first to the last day; asking twice for the same is one time-out.

    Digital channels wait; with `is_everything` letters and leaflets do too. Raises TimeOutError.
    """
    if reason := refused(from_on, until_on):
        raise TimeOutError(reason)
    same = {"customer_id": customer_id, "from_on": from_on, "until_on": until_on, "is_everything": is_everything}
    made, _ = TimeOut.objects.get_or_create(**same, defaults={"source": source})
    return made


def refused(from_on: date, until_on: date) -> str:
    """Why these days make no time-out; empty where they do."""
    if until_on < from_on:
        return "the last day is before the first"
    if until_on < timezone.localdate() - timedelta(days=1):  # it may still be yesterday where the person lives
        return "the last day is over"
    if (until_on - from_on).days >= LONGEST_DAYS:
        return f"a time-out lasts at most {LONGEST_DAYS} days; for longer, record an objection"
    return ""


@transaction.atomic
def end(*, customer_id: int, on: date | None = None) -> int:
    """The person wants to hear from us again from this day on (default: today); returns how many time-outs that ended."""
    on = on or timezone.localdate()
    standing = TimeOut.objects.filter(customer_id=customer_id, until_on__gte=on)
    ended, _ = standing.filter(from_on__gte=on).delete()
    return ended + standing.update(until_on=on - timedelta(days=1))
