"""Each customer at the hour of their own day at which they open, learned from their opens, with some exploration.

A plain hierarchical estimate: the share of an hour among a customer's opens, shrunk towards the whole wave's share as if
the customer had made STRENGTH opens like everybody (the posterior mean of a Dirichlet prior). Only a dispatch's first
open counts, and no open by a machine. Of whom nothing is known, hours are drawn as the population opens. A share of the
customers explores: every open hour is as likely. The probability of every choice is kept in ChosenHour.
"""

from .draws import uniform
from .engagement import BY_A_PERSON
from .hours import is_open
from .opening import OF_ZONE, PEOPLE, opening

STRENGTH = 3.0  # opens like everybody's that count as much as a customer's own
KNOWN_DAYS = 365

# The next whole hour of the zone, so that every hour of a day is offered once.
NEXT_HOUR = """
    date_trunc('hour', %(pace_from)s::timestamptz, z.zone)
    + CASE WHEN date_trunc('hour', %(pace_from)s::timestamptz, z.zone) < %(pace_from)s THEN interval '1 hour' ELSE '0' END"""
# Of each zone and channel the open hours of the first day on which it is open at all, by quarters.
OFFERED = f"""
    openings AS MATERIALIZED (SELECT z.*, {opening(NEXT_HOUR)} AS at FROM zones z),
    hours AS (
        SELECT DISTINCT ON (zone, channel, hour) zone, channel, hour, starts_at, ends_at
        FROM (
            SELECT z.zone, z.channel, extract(hour FROM q.at AT TIME ZONE z.zone)::int AS hour,
                   min(q.at) AS starts_at, max(q.at) + interval '15 minutes' AS ends_at
            FROM openings z CROSS JOIN LATERAL (
                WITH applying AS MATERIALIZED ({OF_ZONE})
                SELECT s AS at
                FROM generate_series(date_trunc('hour', z.at, z.zone),
                                     date_trunc('hour', z.at, z.zone) + interval '1425 minutes', interval '15 minutes') s
                WHERE {is_open("(s AT TIME ZONE z.zone)")} AND s < %(pace_deadline)s
            ) q
            GROUP BY z.zone, z.channel, hour, date_trunc('hour', q.at)
        ) h
        ORDER BY zone, channel, hour, starts_at
    )"""  # noqa: S608
OPENS = f"""
    opens AS MATERIALIZED (
        SELECT customer_id, hour, count(*) AS number
        FROM (
            SELECT z.customer_id, extract(hour FROM min(e.occurred_at) AT TIME ZONE z.zone)::int AS hour
            FROM (SELECT DISTINCT customer_id, zone FROM zoned) z JOIN campaigns_event e ON e.customer_id = z.customer_id
            WHERE e.kind = 'opened' AND {BY_A_PERSON} AND e.occurred_at <= %(pace_from)s
              AND e.occurred_at > %(pace_from)s::timestamptz - interval '{KNOWN_DAYS} days'
            GROUP BY z.customer_id, z.zone, coalesce(e.dispatch_id, -e.id)
        ) first
        GROUP BY customer_id, hour
    ), population AS (
        SELECT h AS hour, (1 + coalesce(sum(o.number), 0)) / sum(1 + coalesce(sum(o.number), 0)) OVER () AS share
        FROM generate_series(0, 23) h LEFT JOIN opens o ON o.hour = h GROUP BY h
    ), weighed AS (
        SELECT h.*, p.share::float8 AS share, p.share::float8 / sum(p.share::float8) OVER z AS chance,
               sum(p.share::float8) OVER (z ORDER BY hour) / sum(p.share::float8) OVER z AS to_chance,
               count(*) OVER z AS hours, row_number() OVER (z ORDER BY hour) - 1 AS place,
               row_number() OVER (z ORDER BY p.share DESC, hour) = 1 AS is_best
        FROM hours h JOIN population p USING (hour)
        WINDOW z AS (PARTITION BY zone, channel)
    ), offered AS MATERIALIZED (
        SELECT w.*, lag(to_chance, 1, 0::float8) OVER (PARTITION BY zone, channel ORDER BY hour) AS from_chance FROM weighed w
    )"""  # noqa: S608
# An hour at which somebody never opened can only be best as the population's best, so no others are compared.
KNOWN = f"""
    known AS MATERIALIZED (
        SELECT DISTINCT ON (m.customer_id, m.channel) m.customer_id, m.channel, f.hour
        FROM zoned m JOIN (SELECT customer_id, array_agg(hour) AS at, array_agg(number) AS number FROM opens GROUP BY 1) o
             ON o.customer_id = m.customer_id
        JOIN offered f ON f.zone = m.zone AND f.channel = m.channel AND (f.is_best OR f.hour = ANY(o.at))
        ORDER BY m.customer_id, m.channel,
                 coalesce(o.number[array_position(o.at, f.hour)], 0) + {STRENGTH} * f.share DESC, f.hour
    )"""  # noqa: S608
CHOSEN = f"""
    drawn AS MATERIALIZED (
        SELECT z.*, k.hour AS best, {uniform(1, of="z.customer_id")} < %(pace_share)s AS is_explored,
               {uniform(2, of="z.customer_id")} AS draw,
               {uniform(3, of="z.customer_id")} AS minute
        FROM zoned z LEFT JOIN known k ON k.customer_id = z.customer_id AND k.channel = z.channel
    ), spread AS (
        SELECT d.customer_id, d.channel, f.starts_at + d.minute * (f.ends_at - f.starts_at) AS due_at, f.hour, d.is_explored,
               %(pace_share)s / f.hours
               + (1 - %(pace_share)s) * CASE WHEN d.best IS NULL THEN f.chance ELSE (f.hour = d.best)::int END AS propensity
        FROM drawn d JOIN offered f ON f.zone = d.zone AND f.channel = d.channel
             AND CASE WHEN d.is_explored THEN f.place = floor(d.draw * f.hours)
                      WHEN d.best IS NOT NULL THEN f.hour = d.best
                      ELSE d.draw >= f.from_chance AND (f.place = f.hours - 1 OR d.draw < f.to_chance) END
    )"""  # noqa: S608
PARTS = ",".join((PEOPLE, OFFERED, OPENS, KNOWN, CHOSEN))
