"""How far a wave is: sums over states, speed, what goes wrong and why. Every query is bounded or reads an index alone."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from campaigns.models import Wave

from . import ledger, pace
from .kept import forget, kept
from .ledger.sql import rows
from .models import DispatchState as State
from .pace import Estimate

LATEST = 20_000  # attempts of all waves among which speed is measured
WINDOW = 300  # seconds before now
SHORTEST_WINDOW = 10.0
MOST_LOOKED_AT = 10_000  # dispatches of a channel and state whose reasons are read
LEFT = (State.SENT, State.HANDED_OVER, State.DELIVERED, State.BOUNCED)
WAITING = (State.QUEUED, State.CLAIMED, State.SENDING)
WENT_WRONG = (State.FAILED, State.BOUNCED, State.UNCERTAIN, State.EXPIRED, State.SUPPRESSED)
# Providers put ids of their own into their words: long, and with a digit. Without them equal reasons are equal.
PLAIN = r"regexp_replace({}, '\m(?=\w*\d)\w{{8,}}\M', '…', 'g')"

OLDEST = """
    SELECT c.channel, (SELECT min(due_at) FROM channels_dispatch d
                       WHERE d.wave_id = %(wave)s AND d.channel = c.channel AND d.state = 'queued')
    FROM unnest(%(channels)s::text[]) AS c(channel)
"""
# By primary key from the end, so it takes as long with a billion attempts as with a thousand.
RECENT = f"""
    WITH latest AS MATERIALIZED (
        SELECT dispatch_id, outcome, code, answer, at FROM channels_attempt ORDER BY id DESC LIMIT %(latest)s
    ), since AS (
        SELECT CASE WHEN count(*) < %(latest)s THEN now() - %(window)s * interval '1 second'
                    ELSE greatest(min(at), now() - %(window)s * interval '1 second') END AS at FROM latest
    )
    SELECT d.channel, l.outcome, l.code, CASE WHEN l.outcome = 'queued' THEN {PLAIN.format("l.answer")} ELSE '' END,
           count(*), extract(epoch FROM now() - min(l.at))::float8
    FROM latest l JOIN channels_dispatch d ON d.id = l.dispatch_id
    WHERE d.wave_id = %(wave)s AND l.at >= (SELECT at FROM since)
    GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - constants only
FAULTS = f"""
    SELECT f.channel, f.state, coalesce(t.code, ''), {PLAIN.format("f.reason")}, count(*)
    FROM unnest(%(channels)s::text[]) AS c(channel) CROSS JOIN unnest(%(states)s::text[]) AS s(state)
    CROSS JOIN LATERAL (
        SELECT d.id, d.channel, d.state, d.reason FROM channels_dispatch d
        WHERE d.wave_id = %(wave)s AND d.channel = c.channel AND d.state = s.state LIMIT %(most)s
    ) f
    LEFT JOIN LATERAL (
        SELECT code FROM channels_attempt WHERE dispatch_id = f.id AND f.state IN ('failed', 'bounced', 'uncertain')
        ORDER BY id DESC LIMIT 1
    ) t ON true
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4
"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class Fault:
    """So many of a channel are in a state for one reason; `reason` has … where a provider's own ids stood."""

    channel: str
    state: str
    code: str
    reason: str
    number: int


@dataclass(frozen=True)
class Recent:
    """What happened within the window: messages a minute by channel, and what was put off to be tried again."""

    per_minute: dict[str, float] = field(default_factory=dict)
    put_off: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Progress:
    """A wave at one moment; sums by channel and state."""

    at: datetime
    sums: dict[str, dict[str, int]]
    oldest_due_at: dict[str, datetime | None]
    recent: Recent

    def number(self, *states: State) -> int:
        """Dispatches in these states; without any, all."""
        return sum(number for of in self.sums.values() for state, number in of.items() if not states or state in states)

    @property
    def per_minute(self) -> float:
        return sum(self.recent.per_minute.values())


def of_wave(wave_id: int) -> Progress:
    return kept(f"progress-{wave_id}", lambda: measure(wave_id))


def faults_of(wave_id: int) -> tuple[Fault, ...]:
    """The most frequent first; of each channel and state MOST_LOOKED_AT are looked at."""
    return kept(f"faults-{wave_id}", lambda: measure_faults(wave_id))


def estimate_of(wave: Wave) -> Estimate:
    """pace.estimate(), which looks at all that wait."""
    return kept(f"estimate-{wave.pk}", lambda: pace.estimate(wave), least=10)


def forget_wave(wave_id: int) -> None:
    """After a person changed something."""
    forget(f"progress-{wave_id}", f"faults-{wave_id}", f"estimate-{wave_id}")


def measure(wave_id: int) -> Progress:
    sums = ledger.counts(wave_id)
    oldest = dict(rows(OLDEST, {"wave": wave_id, "channels": list(sums)}))
    return Progress(timezone.now(), sums, oldest, _recent(wave_id))


def measure_faults(wave_id: int) -> tuple[Fault, ...]:
    params = {
        "wave": wave_id,
        "channels": list(of_wave(wave_id).sums),
        "states": [str(state) for state in WENT_WRONG],
        "most": MOST_LOOKED_AT,
    }
    return tuple(Fault(*row) for row in rows(FAULTS, params))


def _recent(wave_id: int) -> Recent:
    found = rows(RECENT, {"wave": wave_id, "latest": LATEST, "window": WINDOW})
    if not found:
        return Recent()
    seconds = max(SHORTEST_WINDOW, *(row[-1] for row in found))
    per_minute: dict[str, float] = {}
    for channel, outcome, _, _, number, _ in found:
        if outcome in (State.SENT, State.HANDED_OVER):
            per_minute[channel] = per_minute.get(channel, 0.0) + 60 * number / seconds
    put_off = [
        Fault(channel, outcome, code, reason, number)
        for channel, outcome, code, reason, number, _ in found
        if outcome == State.QUEUED
    ]
    return Recent(per_minute, tuple(sorted(put_off, key=lambda fault: -fault.number)))
