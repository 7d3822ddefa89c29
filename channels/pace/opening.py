"""Due when the customer's hours next open, for everybody of a wave at once: asked once a time zone, not once a person."""

from .engagement import MAY_GO
from .hours import APPLYING, is_open, next_opening
from .zones import ZONE

# Who may go, with their time zone; and each time zone with each channel.
PEOPLE = f"""
    zoned AS MATERIALIZED (
        SELECT p.customer_id, p.channel, {ZONE} AS zone
        FROM planned p JOIN campaigns_customer c ON c.id = p.customer_id
        WHERE {MAY_GO.format(channels="%(pace_digital)s")}
    ), zones AS (SELECT DISTINCT zone, channel FROM zoned)"""  # noqa: S608
OF_ZONE = APPLYING.format(campaign="%(pace_campaign)s", channel="z.channel")

OPENING = """
    (WITH applying AS MATERIALIZED ({applying})
     SELECT CASE WHEN {is_open} THEN q.at ELSE {next} END FROM (SELECT {from_at} AS at) q)"""


def opening(from_at: str) -> str:
    """When the hours are open first from the moment `from_at` on, of a zone `z`; NULL: never."""
    return OPENING.format(
        from_at=from_at,
        applying=OF_ZONE,
        is_open=is_open("(q.at AT TIME ZONE z.zone)"),
        next=next_opening("q.at", "z.zone"),
    )


PARTS = f"""{PEOPLE}, spread AS (
        SELECT m.customer_id, m.channel, o.at AS due_at, NULL::int AS hour, NULL::float8 AS propensity,
               NULL::boolean AS is_explored
        FROM zoned m JOIN (SELECT z.*, {opening("%(pace_from)s::timestamptz")} AS at FROM zones z) o
             ON o.zone = m.zone AND o.channel = m.channel
        WHERE o.at < %(pace_deadline)s
    )"""  # noqa: S608
