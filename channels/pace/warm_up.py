"""Warm-up: a new sender address lets so many messages go on each day, counted in PostgreSQL.

What is above waits for the next day, unless another provider that sends for the channel has room.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from ..models import WarmUp, WarmUpDay
from . import limits

UNLIMITED = 2**31 - 1
# One row a day, so of two workers at the same moment one waits for the other, and together they take no more than is left.
TAKE = """
    INSERT INTO channels_warmupday AS d (warm_up_id, "on", taken) VALUES (%(of)s, %(on)s, least(%(asked)s, %(most)s))
    ON CONFLICT (warm_up_id, "on") DO UPDATE
    SET taken = greatest(d.taken, least(d.taken + %(asked)s, %(most)s)), changed_at = now()
    RETURNING new.taken - coalesce(old.taken, 0)
"""


def hold(channel: str, provider: str, waits: Sequence[float]) -> list[float]:
    """The same waits, but of the messages that may go now no more than the sender's day allows; the others wait for the next."""
    today = timezone.localdate()
    for warm_up in _of(channel, provider):
        most = most_on(warm_up, today)
        asked = sum(wait == 0 for wait in waits)
        if most is not None and asked:
            granted = _take(warm_up, today, asked, most)
            waits = _above_wait(waits, granted)
    return list(waits)


def most_on(warm_up: WarmUp, day: date) -> int | None:
    """The most that may go on a day; None: no limit, because it has not begun or is over."""
    number = (day - warm_up.starts_on).days
    return warm_up.per_day[number] if 0 <= number < len(warm_up.per_day) else None


def with_room(channel: str, providers: Sequence[str]) -> list[str]:
    """Those of the providers whose own sender may still send today, in the same order.

    For a channel that chooses among providers after its messages were admitted; it then says count_sent().
    """
    today = timezone.localdate()
    return [name for name in providers if all(_room(plan, today) for plan in _of_provider(channel, name))]


def count_sent(channel: str, provider: str, number: int) -> None:
    """A provider that was chosen after messages were admitted has sent so many."""
    today = timezone.localdate()
    for plan in _of_provider(channel, provider):
        if most_on(plan, today) is not None:
            _take(plan, today, number, UNLIMITED)


def _room(warm_up: WarmUp, day: date) -> bool:
    most = most_on(warm_up, day)
    if most is None:
        return True
    taken = WarmUpDay.objects.filter(warm_up=warm_up, on=day).values_list("taken", flat=True).first()
    return (taken or 0) < most


def _of_provider(channel: str, provider: str) -> list[WarmUp]:
    """Of exactly this provider."""
    return [plan for plan in _of(channel, provider) if plan.provider]


def _of(channel: str, provider: str) -> list[WarmUp]:
    known = limits.current().warm_ups
    return [warm_up for warm_up in known if warm_up.channel == channel and warm_up.provider in ("", provider)]


def _take(warm_up: WarmUp, day: date, asked: int, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"of": warm_up.pk, "on": day, "asked": asked, "most": most})
        return cursor.fetchone()[0]


def _above_wait(waits: Sequence[float], granted: int) -> list[float]:
    """In their order: the first go, the others wait for tomorrow, in that order too."""
    until_tomorrow = (tomorrow() - timezone.now()).total_seconds()
    held, gone = [], 0
    for wait in waits:
        gone += wait == 0
        held.append(until_tomorrow + (gone - granted) / 1000 if wait == 0 and gone > granted else wait)
    return held


def tomorrow() -> datetime:
    """The beginning of the next day where staff are."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time()))


def room_for(warm_up: WarmUp, number: int, now: datetime) -> datetime:
    """When a plan will have let so many go, nothing else being sent."""
    day, taken = timezone.localdate(now), 0
    if most_on(warm_up, day) is not None:
        taken = WarmUpDay.objects.filter(warm_up=warm_up, on=day).values_list("taken", flat=True).first() or 0
    while (most := most_on(warm_up, day)) is not None and number > most - taken:
        number, taken, day = number - max(0, most - taken), 0, day + timedelta(days=1)
    return max(now, timezone.make_aware(datetime.combine(day, time())))
