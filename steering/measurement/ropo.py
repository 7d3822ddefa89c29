"""Research online, purchase offline, and the other way round: where buyers looked before they bought."""

from dataclasses import dataclass

from campaigns import events

from .scope import GOALS, Scope

RESEARCH_DAYS = 30
RESEARCHED = ("online", "offline", "both", "neither")
# What counts as looking: the customer's own doing before the purchase, our messages' links and codes included.
TABLE = """
    WITH goals AS ({goals}), looked AS (
        SELECT g.id,
               bool_or(e.is_online AND e.kind IN ('page_viewed', 'product_viewed', 'cart_left', 'clicked')
                       AND coalesce(e.medium, '') NOT IN ('print_mailing', 'direct_post')) AS is_online,
               bool_or(e.kind = 'store_visited' OR e.kind = 'clicked' AND e.medium IN ('print_mailing', 'direct_post')
                       OR e.kind = 'service_called') AS is_offline
        FROM goals g
        JOIN campaigns_event e ON e.customer_id = g.customer_id AND e.occurred_at < g.occurred_at
             AND e.occurred_at >= g.occurred_at - %(research_days)s * interval '1 day' AND {by_a_person}
        GROUP BY g.id
    )
    SELECT CASE WHEN l.is_online AND l.is_offline THEN 'both' WHEN l.is_online THEN 'online'
                WHEN l.is_offline THEN 'offline' ELSE 'neither' END,
           count(*) FILTER (WHERE g.is_online), count(*) FILTER (WHERE NOT g.is_online),
           coalesce(sum(g.cents) FILTER (WHERE g.is_online), 0)::bigint,
           coalesce(sum(g.cents) FILTER (WHERE NOT g.is_online), 0)::bigint
    FROM goals g LEFT JOIN looked l ON l.id = g.id
    GROUP BY 1
"""


@dataclass(frozen=True)
class RopoRow:
    """Goal events after research of one kind within RESEARCH_DAYS; a letter's code counts as research offline."""

    researched: str  # one of RESEARCHED
    bought_online: int
    bought_offline: int
    value_online_cents: int
    value_offline_cents: int


def ropo(scope: Scope) -> tuple[RopoRow, ...]:
    """Always one row for each of RESEARCHED."""
    found = {
        row[0]: row[1:]
        for row in scope.rows(
            TABLE.format(goals=GOALS, by_a_person=events.by_a_person("e")), research_days=RESEARCH_DAYS
        )
    }
    return tuple(RopoRow(kind, *found.get(kind, (0, 0, 0, 0))) for kind in RESEARCHED)
