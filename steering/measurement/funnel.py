"""How far the contacts of each channel came, from planned to bought."""

from dataclasses import dataclass

from campaigns import events
from channels import registry

from .scope import GOALS, Scope

OUT_STATES = ("handed_over", "sent", "delivered", "bounced", "uncertain")
DISPATCHES = """
    WITH goals AS ({goals}), bought AS (
        SELECT wave_id, customer_id, sum(cents) AS cents FROM goals GROUP BY wave_id, customer_id
    ), answers AS (
        SELECT e.dispatch_id, bool_or(e.kind IN ('opened', 'shown')) AS seen, bool_or(e.kind = 'clicked') AS clicked,
               bool_or(e.kind = 'redeemed') AS redeemed
        FROM campaigns_event e JOIN channels_dispatch d ON d.id = e.dispatch_id
        WHERE d.wave_id = ANY(%(waves)s) AND e.occurred_at <= %(as_of)s AND e.kind IN ('opened', 'shown', 'clicked', 'redeemed')
          AND {by_a_person}
        GROUP BY e.dispatch_id
    )
    SELECT d.channel, count(*), count(*) FILTER (WHERE is_out),
           count(*) FILTER (WHERE is_out AND d.state <> 'bounced' AND d.state <> 'uncertain'),
           count(*) FILTER (WHERE a.seen), count(*) FILTER (WHERE a.clicked), count(*) FILTER (WHERE a.redeemed),
           count(*) FILTER (WHERE d.state = 'bounced'), count(b.cents) FILTER (WHERE is_out),
           coalesce(sum(b.cents) FILTER (WHERE is_out), 0)::bigint, coalesce(sum(CASE WHEN d.option_id = p.option_id THEN p.cost_cents - p.on_top_cost_cents ELSE p.on_top_cost_cents END)
                    FILTER (WHERE is_out), 0)::float8
    FROM channels_dispatch d
    CROSS JOIN LATERAL (SELECT d.state = ANY(%(out)s) AS is_out) o
    LEFT JOIN steering_assignment p ON p.wave_id = d.wave_id AND p.customer_id = d.customer_id
    LEFT JOIN answers a ON a.dispatch_id = d.id
    LEFT JOIN bought b ON b.wave_id = d.wave_id AND b.customer_id = d.customer_id
    WHERE d.wave_id = ANY(%(waves)s)
    GROUP BY d.channel
"""


@dataclass(frozen=True)
class FunnelRow:
    """One channel. What somebody did without being contacted is not in here; what they would have done anyway is."""

    channel: str
    label: str
    planned: int
    sent: int  # left us: whatever became of it afterwards
    delivered: int  # not known to have bounced or to be uncertain
    seen: int  # opened or shown, as far as that can be known
    clicked: int  # or scanned
    redeemed: int
    bounced: int
    conversions: int
    value_cents: int
    cost_cents: int


def funnel(scope: Scope) -> tuple[FunnelRow, ...]:
    """One row a channel, in the order of the registry."""
    found = {
        row[0]: row[1:]
        for row in scope.rows(DISPATCHES.format(goals=GOALS, by_a_person=events.by_a_person("e")), out=list(OUT_STATES))
    }
    return tuple(
        FunnelRow(name, label, *found[name][:-1], cost_cents=round(found[name][-1]))
        for name, label in registry.choices()
        if name in found
    )
