"""So many messages an hour, evenly, in an order that a hash decides; hours that are closed are skipped.

The day is that of the platform's own time zone: the rate is a promise to the company's shop and phones, not to a customer.
Who lives elsewhere, where it is night, waits at the claim.
"""

from .draws import uniform
from .engagement import ENGAGED, MAY_GO
from .hours import APPLYING, is_open

QUARTERS_PER_HOUR = 4
# A channel's open quarters of an hour from the beginning on, as an array, because a join by number is taken for a small
# one; the messages ranked, and laid into them one after the other.
PARTS = """
    {engaged} ranked AS (
        SELECT p.customer_id, p.channel, row_number() OVER (PARTITION BY p.channel ORDER BY {order}, p.customer_id) - 1 AS place
        FROM planned p {with_engaged}
        WHERE {may_go}
    ), quarters AS MATERIALIZED (
        SELECT z.channel, q.starts
        FROM (SELECT DISTINCT channel FROM ranked) z CROSS JOIN LATERAL (
            WITH applying AS MATERIALIZED ({applying})
            SELECT array_agg(s ORDER BY s) AS starts
            FROM generate_series(%(pace_from)s::timestamptz, %(pace_until)s::timestamptz, interval '15 minutes') s
            WHERE s < %(pace_until)s AND {is_open}
        ) q
    ), spread AS (
        SELECT r.customer_id, r.channel,
               coalesce(q.starts[floor(r.at)::int + 1] + (r.at - floor(r.at)) * interval '15 minutes', %(pace_deadline)s) AS due_at,
               NULL::int AS hour, NULL::float8 AS propensity, NULL::boolean AS is_explored
        FROM (SELECT *, place * {quarters}::float8 / %(pace_per_hour)s AS at FROM ranked) r
        JOIN quarters q ON q.channel = r.channel
    )"""


def parts(*, by_engagement: bool) -> str:
    """A sender that warms up writes to those first who are most likely to be glad of it."""
    return PARTS.format(
        engaged=f"{ENGAGED}," if by_engagement else "",
        with_engaged="LEFT JOIN engaged n USING (customer_id)" if by_engagement else "",
        order=("coalesce(n.answers, 0) DESC, " if by_engagement else "") + uniform(0, of="p.customer_id"),
        applying=APPLYING.format(campaign="%(pace_campaign)s", channel="z.channel"),
        is_open=is_open("(s AT TIME ZONE %(pace_zone)s)"),
        quarters=QUARTERS_PER_HOUR,
        may_go=MAY_GO.format(channels="%(pace_digital)s"),
    )
