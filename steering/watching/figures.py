"""The numbers that show whether delivery goes on, read from the database: whichever process is asked says the same."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction

from channels import ledger, queues, registry
from channels.kept import OwnFigures
from channels.ledger.sql import count, rows
from channels.webhooks import endpoints

from . import deadline

SECONDS = 8.0  # for all of them; Prometheus waits for ten
KEPT_SECONDS = 5.0
SLOTS = ("every minute", "every minute by mail", "every quarter", "every hour", "every night", "duplicates")
RECENT_MINUTES = 10
LATELY = "interval '1 hour'"  # so long a wave that has ended is still counted
OUT = ["handed_over", "sent", "delivered", "bounced"]

# Wave by wave, which the index of sums serves. A wave that has ended is counted once more, and then never again; what
# was imported as past is not seen here.
COUNTED = f"""
    SELECT w.id, d.channel, d.state, d.number
    FROM campaigns_wave w
    CROSS JOIN LATERAL (SELECT channel, state, count(*) AS number FROM channels_dispatch
                        WHERE wave_id = w.id GROUP BY 1, 2) d
    WHERE w.state IN ('running', 'paused') OR w.finished_at > now() - {LATELY}
       OR w.finished_at > (SELECT min(s.counted_at) FROM steering_wavesum s WHERE s.wave_id = w.id)
"""  # noqa: S608
# In one order, so that two processes do not block each other.
SUM_UP = """
    INSERT INTO steering_wavesum AS s (wave_id, channel, number, counted_at)
    SELECT *, now() FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) t(wave_id, channel, number) ORDER BY 1, 2
    ON CONFLICT (wave_id, channel) DO UPDATE
    SET number = greatest(s.number, excluded.number), counted_at = excluded.counted_at
    WHERE excluded.number > s.number
       OR s.counted_at < (SELECT finished_at FROM campaigns_wave w WHERE w.id = excluded.wave_id)
"""
DUE = """
    SELECT c.channel, sum(due.number)::bigint, max(due.age)::float8
    FROM (SELECT DISTINCT w.id, o.channel FROM campaigns_wave w JOIN campaigns_option o ON o.campaign_id = w.campaign_id
          WHERE w.state = 'running') c
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, extract(epoch FROM now() - min(d.due_at)) AS age FROM channels_dispatch d
        WHERE d.wave_id = c.id AND d.channel = c.channel AND d.state = 'queued' AND d.due_at <= now()) due
    GROUP BY 1
"""
UNCERTAIN = "SELECT channel, count(*) FROM channels_dispatch WHERE state = 'uncertain' GROUP BY 1"
# An answer code as 421 or 4.7.1 counts by its first digit; other codes are words of ours.
ERRORS = f"""
    SELECT d.channel, CASE WHEN t.outcome = 'uncertain' THEN 'uncertain' WHEN t.code ~ '^[245](\\d\\d|\\.\\d)' THEN left(t.code, 1) || 'xx'
                           WHEN t.code IN ('content', 'crash', 'lost') THEN t.code ELSE 'other' END AS kind, count(*)
    FROM channels_attempt t JOIN channels_dispatch d ON d.id = t.dispatch_id
    WHERE t.outcome NOT IN ('sent', 'handed_over') AND t.at > now() - interval '{RECENT_MINUTES} minutes'
    GROUP BY 1, 2
"""  # noqa: S608
LAST_SLOTS = """
    SELECT n.name, extract(epoch FROM r.slot)::float8
    FROM unnest(%s::text[]) n(name)
    CROSS JOIN LATERAL (SELECT slot FROM steering_schedulerun WHERE name = n.name ORDER BY slot DESC LIMIT 1) r
"""
HEARD = "SELECT queue, extract(epoch FROM sang_at)::float8 FROM channels_canary WHERE queue = ANY(%s)"
CHECKED = "SELECT name, broken, extract(epoch FROM checked_at)::float8 FROM steering_invariantcheck"


@dataclass(frozen=True)
class Figures:
    """Moments are seconds since 1970, by the database's clock."""

    states: Mapping[tuple[str, str], int]  # by channel and state, of waves that live or ended within the last hour
    out: Mapping[str, int]  # by channel, of all waves; never falls
    due: Mapping[str, int]  # by channel: should have gone out by now
    oldest_due: Mapping[str, float]  # by channel: seconds for which the first of them has been due
    uncertain: Mapping[str, int]
    errors: Mapping[tuple[str, str], int]  # by channel and kind, in the last RECENT_MINUTES
    slots: Mapping[str, float]  # by name: the last that was claimed
    heard: Mapping[str, float]  # by queue: when a worker last took something from it
    invariants: Mapping[str, tuple[int, float]]  # by name: broken by how many, when that was found
    is_stopped: bool
    webhooks_not_reached: int
    now: float
    took_seconds: float


def measure() -> Figures:
    """Raises DatabaseError, within SECONDS."""
    began = time.monotonic()
    with deadline.of_postgresql(SECONDS), transaction.atomic():
        count(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}", [])
        counted = rows(COUNTED, [])
        _sum_up(counted)
        due = rows(DUE, [])
        return Figures(
            states=_by_state(counted),
            out=_by_channel(rows("SELECT channel, sum(number)::bigint FROM steering_wavesum GROUP BY 1", [])),
            due=_by_channel([(channel, number) for channel, number, _ in due]),
            oldest_due=_by_channel([(channel, age or 0.0) for channel, _, age in due]),
            uncertain=_by_channel(rows(UNCERTAIN, [])),
            errors={(channel, kind): number for channel, kind, number in rows(ERRORS, []) if _is_known(channel)},
            slots=dict(rows(LAST_SLOTS, [list(SLOTS)])),
            heard=dict(rows(HEARD, [queues.every()])),
            invariants={name: (broken, at) for name, broken, at in rows(CHECKED, [])},
            is_stopped=ledger.is_stopped(),
            webhooks_not_reached=len(endpoints.troubled()),
            now=rows("SELECT extract(epoch FROM clock_timestamp())::float8", [])[0][0],
            took_seconds=time.monotonic() - began,
        )


def _sum_up(counted: list[tuple]) -> None:
    out: Counter[tuple[int, str]] = Counter()
    for wave_id, channel, state, number in counted:
        if state in OUT:
            out[wave_id, channel] += number
    if out:
        count(SUM_UP, [[wave_id for wave_id, _ in out], [channel for _, channel in out], list(out.values())])


def _by_state(counted: list[tuple]) -> dict[tuple[str, str], int]:
    states: Counter[tuple[str, str]] = Counter()
    for _, channel, state, number in counted:
        if _is_known(channel):
            states[channel, state] += number
    return dict(states)


def _by_channel(found: list[tuple]) -> dict:
    """Every channel, so that no series begins with its first trouble."""
    return dict.fromkeys(registry.CHANNELS, 0) | {channel: value for channel, value in found if _is_known(channel)}


def _is_known(channel: str) -> bool:
    return channel in registry.CHANNELS


class Kept(OwnFigures[Figures]):
    """By this process itself, so that what is watched does not depend on Redis."""

    def __init__(self, measure: Callable[[], Figures] = measure) -> None:
        super().__init__(measure, least=KEPT_SECONDS)


KEPT = Kept()
