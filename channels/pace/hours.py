"""When a customer may be contacted, as SQL: sending hours and quiet hours of their own day, and digital time-outs.

Sending hours that a campaign says for a channel replace those that are said for all; of two, the more precise holds.
Quiet hours add up. A time-out goes before all hours, and holds for every digital channel, or for every channel.

Hours are what the customer's clock shows, so the hour that a change to winter time repeats is open twice, and hours that a
change to summer time skips do not exist.
"""

from dataclasses import dataclass
from typing import Any

from ..base import Channel
from . import zones

# {channel} and {campaign}: SQL of them. Of the sending hours only those that say it most precisely.
APPLYING = """
    SELECT h.kind, h.weekdays, h.starts_at, h.ends_at, h.starts_at >= h.ends_at AS over_midnight
    FROM (SELECT s.*, rank() OVER (PARTITION BY kind ORDER BY campaign_id IS NULL, channel = '') AS place
          FROM channels_sendhours s
          WHERE (s.campaign_id IS NULL OR s.campaign_id = {campaign}) AND s.channel IN ('', {channel})) h
    WHERE h.kind = 'quiet' OR h.place = 1"""
# {local}: what the customer's clock shows.
WITHIN = """
    CASE WHEN NOT a.over_midnight THEN extract(isodow FROM {local})::int = ANY(a.weekdays)
                                       AND {local}::time >= a.starts_at AND {local}::time < a.ends_at
         ELSE extract(isodow FROM {local})::int = ANY(a.weekdays) AND {local}::time >= a.starts_at
              OR extract(isodow FROM {local} - interval '1 day')::int = ANY(a.weekdays) AND {local}::time < a.ends_at END"""
IS_OPEN = """
    (SELECT coalesce(bool_or({within}) FILTER (WHERE a.kind = 'open'), true)
            AND NOT coalesce(bool_or({within}) FILTER (WHERE a.kind = 'quiet'), false) FROM applying a)"""
# The first beginning of an open time, or end of a quiet one, at which it is open; in 8 days every weekly hour comes
# back. A clock time that comes twice begins with the first of the two; one that is skipped with what comes instead, and
# clocks change at half hours.
NEXT = """
    (SELECT min(moment) FROM (
        SELECT e.moment, b.clock
        FROM applying a, generate_series(0, 8) AS day,
             LATERAL (SELECT ({at} AT TIME ZONE {zone})::date + day
                             + CASE a.kind WHEN 'open' THEN a.starts_at ELSE a.ends_at END AS clock) b,
             LATERAL (SELECT b.clock AT TIME ZONE {zone} AS moment) p,
             LATERAL (VALUES (p.moment), (p.moment - interval '30 min'), (p.moment - interval '1 hour'),
                             (date_bin('30 min', p.moment, timestamptz 'epoch')),
                             (date_bin('30 min', p.moment, timestamptz 'epoch') - interval '30 min')) e (moment)
     ) m, LATERAL (SELECT m.moment AT TIME ZONE {zone} AS clock) n
     WHERE m.moment > {at} AND n.clock >= m.clock AND {is_open})
"""
# The end of the time-out that holds at {at}, with those that follow it without a day between; NULL: none.
TIME_OUT = """
    (SELECT upper(days)::timestamp AT TIME ZONE {zone}
     FROM unnest((SELECT range_agg(daterange(t.from_on, t.until_on, '[]')) FROM campaigns_timeout t
                  WHERE t.customer_id = {customer} AND (t.is_everything OR {is_digital}))) AS days
     WHERE days @> ({at} AT TIME ZONE {zone})::date)"""
ANY_TIME_OUT = "EXISTS (SELECT 1 FROM campaigns_timeout t WHERE t.until_on >= now()::date - 1)"
ANY_HOURS = "EXISTS (SELECT 1 FROM channels_sendhours s WHERE s.channel IN ('', %(pace_channel)s))"
# Without hours and time-outs, which are looked for once a statement, nothing is looked up for a customer.
WAITS = """
    CASE WHEN {any} THEN (
        WITH p AS MATERIALIZED (
            SELECT {zone} AS zone, w.campaign_id FROM campaigns_customer c, campaigns_wave w
            WHERE c.id = d.customer_id AND w.id = d.wave_id
        ), asked AS MATERIALIZED (SELECT p.*, greatest({at}, {time_out}) AS at FROM p)
        {opening}
    ) END"""
WITH_HOURS = """, applying AS MATERIALIZED ({applying})
        SELECT nullif(CASE WHEN {is_open} THEN q.at ELSE coalesce({next}, 'infinity') END, {at}) FROM asked q"""
WITHOUT_HOURS = "SELECT nullif(q.at, {at}) FROM asked q"


@dataclass(frozen=True)
class Waits:
    """An SQL expression over a dispatch `d`: the moment from which it may go, NULL if now, infinity if never."""

    sql: str
    params: dict[str, Any]


def waits(channel: Channel, *, at: str = "now()") -> Waits:
    """When this channel may contact the customer, asked at the moment that the SQL `at` gives.

    Of a channel that is not digital only time-outs from everything are asked: an hour of the day means nothing to it.
    The moment is right for hours and time-outs as they are now; ask again when it has come.
    """
    is_digital = not channel.reach.needs_household
    time_out = TIME_OUT.format(zone="p.zone", customer="d.customer_id", is_digital=str(is_digital).lower(), at=at)
    sql = WAITS.format(
        any=f"({ANY_TIME_OUT} OR {ANY_HOURS})" if is_digital else ANY_TIME_OUT,
        zone=zones.ZONE,
        at=at,
        time_out=time_out,
        opening=_with_hours(at) if is_digital else WITHOUT_HOURS.format(at=at),
    )
    return Waits(sql, zones.params() | {"pace_channel": channel.name})


def _with_hours(at: str) -> str:
    return WITH_HOURS.format(
        applying=APPLYING.format(campaign="(SELECT campaign_id FROM p)", channel="%(pace_channel)s"),
        is_open=is_open("(q.at AT TIME ZONE q.zone)"),
        next=next_opening("q.at", "q.zone"),
        at=at,
    )


def is_open(local: str) -> str:
    """Whether the hours in a relation `applying` are open at what the customer's clock shows."""
    return IS_OPEN.format(within=WITHIN.format(local=local))


def next_opening(at: str, zone: str) -> str:
    """When the hours in a relation `applying` next open after the moment `at`; NULL: never."""
    return NEXT.format(at=at, zone=zone, is_open=is_open("n.clock"))
