"""What must always be true of triggers; the same shape as channels.invariants."""

from channels.invariants import Invariant


def trigger_invariants() -> list[Invariant]:
    return [
        Invariant(
            "nobody is triggered twice",
            "SELECT min(id) FROM steering_firing WHERE outcome IN ('contacted', 'held_out', 'left_alone')"
            " GROUP BY wave_id, customer_id HAVING count(*) > 1",
        ),
        Invariant(
            "whoever a trigger contacts is in the plan of its wave, with an option",
            "SELECT f.id FROM steering_firing f WHERE f.outcome = 'contacted' AND NOT EXISTS ("
            " SELECT FROM steering_assignment a"
            " WHERE a.wave_id = f.wave_id AND a.customer_id = f.customer_id AND a.option_id IS NOT NULL)",
        ),
        Invariant(
            "every firing has an end after its time",
            "SELECT id FROM steering_firing WHERE outcome = 'waiting' AND deadline_at < now() - interval '5 minutes'",
        ),
    ]
