"""When a wave will have gone out, by what holds it up: due times, speed limits, a warm-up. Workers are taken to be fast.

Limits are reckoned as if this wave were alone, and hours at which a limit stands still are not counted: an estimate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import formats, timezone

from campaigns.models import Wave

from .. import registry
from ..models import CampaignPace
from . import limits, warm_up
from .limits import Limits

SAMPLE = 2000  # dispatches of which the mail hosts are looked up
LONGEST_DAYS = 366
WAITING = """
    SELECT channel, count(*), max(due_at), count(*) FILTER (WHERE due_at >= deadline_at)
    FROM channels_dispatch WHERE wave_id = %s AND state = 'queued' GROUP BY channel ORDER BY channel
"""
DOMAINS = """
    SELECT split_part(i.value, '@', 2), count(*)
    FROM (SELECT customer_id FROM channels_dispatch WHERE wave_id = %s AND channel = %s AND state = 'queued' LIMIT %s) d
    JOIN campaigns_identifier i ON i.customer_id = d.customer_id AND i.kind = 'email' GROUP BY 1
"""


@dataclass(frozen=True)
class Estimate:
    """`ends_at` None: nothing waits, or it never ends. `too_late` are due after their deadline, and will expire."""

    waiting: int = 0
    too_late: int = 0
    ends_at: datetime | None = None
    because: str = ""

    def __str__(self) -> str:
        """For people; empty where nothing waits."""
        if not self.waiting:
            return ""
        at = formats.date_format(timezone.localtime(self.ends_at), "DATETIME_FORMAT") if self.ends_at else ""
        said = f"The last of {self.waiting:,} is expected to go out about {at}" if at else f"{self.waiting:,} wait"
        late = f" {self.too_late:,} come after their deadline and will expire." if self.too_late else ""
        return f"{said}{', ' if self.because else ''}{self.because}.{late}"


@dataclass(frozen=True)
class Queue:
    """What waits on a channel, and until when its due times reach."""

    channel: str
    number: int
    last_due_at: datetime
    too_late: int = 0


def estimate(wave: Wave, *, planned: Mapping[str, int] | None = None) -> Estimate:
    """When the last message of a wave will go out. `planned` counts by channel, for a wave that has not started."""
    now = timezone.now()
    known = limits.current()
    queues = _planned(wave, planned, now) if planned is not None else _waiting(wave)
    if not queues:
        return Estimate()
    held_up = [(at, because) for queue in queues for at, because in _reasons(wave, queue, known, now)]
    ends_at, because = max(held_up, key=lambda reason: reason[0])
    return Estimate(
        waiting=sum(queue.number for queue in queues),
        too_late=sum(queue.too_late for queue in queues),
        ends_at=max(ends_at, now),
        because=because,
    )


def _waiting(wave: Wave) -> list[Queue]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [wave.pk])
        return [Queue(*row) for row in cursor.fetchall()]


def _planned(wave: Wave, planned: Mapping[str, int], now: datetime) -> list[Queue]:
    """As it would be queued if the wave started now."""
    pace = CampaignPace.objects.filter(campaign_id=wave.campaign_id).first()
    starts_at = max(wave.scheduled_at or now, now)
    return [
        Queue(channel, number, starts_at + _spread_over(pace, channel, number))
        for channel, number in planned.items()
        if number
    ]


def _spread_over(pace: CampaignPace | None, channel: str, number: int) -> timedelta:
    if pace is None or registry.get(channel).reach.needs_household:
        return timedelta(0)
    if pace.spread == CampaignPace.Spread.EVENLY:
        return timedelta(hours=number / pace.per_hour)
    return timedelta(days=pace.spread == CampaignPace.Spread.BEST_HOUR)


def _reasons(wave: Wave, queue: Queue, known: Limits, now: datetime) -> Iterator[tuple[datetime, str]]:
    """What holds it up until when, in words."""
    yield queue.last_due_at, "when it is due" if queue.last_due_at > now else ""
    if rate := known.channels.get(queue.channel):
        yield _after(now, queue.number / rate), f"because of the speed limit of {queue.channel}"
    for host, share in _hosts(wave, queue, known).items():
        if rate := known.hosts.get(host):
            yield _after(now, share * queue.number / rate), f"because of the speed limit of {host}"
    for plan in known.warm_ups:
        if plan.channel == queue.channel and not plan.provider:
            yield warm_up.room_for(plan, queue.number, now), "because its sender warms up"


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=min(seconds, LONGEST_DAYS * 86_400))


def _hosts(wave: Wave, queue: Queue, known: Limits) -> dict[str, float]:
    """The mail hosts' shares, from a sample of those that wait."""
    if "email" not in registry.get(queue.channel).reach.identifier_kinds:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DOMAINS, [wave.pk, queue.channel, SAMPLE])
        rows = cursor.fetchall()
    shares: dict[str, float] = {}
    for domain, number in rows:
        shares[known.host(domain)] = shares.get(known.host(domain), 0) + number / sum(n for _, n in rows)
    return shares
