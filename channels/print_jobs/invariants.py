"""What must always be true of print jobs; see channels.invariants."""

from ..invariants import Invariant


def print_invariants() -> list[Invariant]:
    return [
        Invariant(
            "whoever objects is out of the files of waiting print jobs within five minutes",
            "SELECT i.id FROM channels_printitem i JOIN channels_printjob j ON j.id = i.job_id"
            " JOIN channels_dispatch d ON d.id = i.dispatch_id"
            " JOIN campaigns_wave w ON w.id = d.wave_id"
            " JOIN campaigns_objection o ON o.customer_id = d.customer_id AND o.channel IN ('', d.channel)"
            " AND (o.campaign_id IS NULL OR o.campaign_id = w.campaign_id)"
            " WHERE i.state = 'planned' AND j.state IN ('ready', 'downloaded', 'acknowledged')"
            " AND o.lifted_at IS NULL AND o.received_at < now() - interval '5 minutes'",
        ),
        Invariant(
            "a print job's items add up to its rows",
            "SELECT j.id FROM channels_printjob j WHERE j.rows <>"
            " (SELECT count(*) FROM channels_printitem i WHERE i.job_id = j.id AND i.state <> 'withdrawn')",
        ),
        Invariant(
            "no letter is printed that was withdrawn in time",
            "SELECT i.id FROM channels_printitem i JOIN channels_printreport r ON r.item_id = i.id"
            " WHERE i.state = 'withdrawn'",
        ),
        Invariant(
            "what goes to the press was acknowledged",
            "SELECT id FROM channels_printjob WHERE state IN ('in_production', 'posted', 'reconciled')"
            " AND acknowledged_revision IS DISTINCT FROM revision",
        ),
        Invariant(
            "a print job that is over leaves no letter open",
            "SELECT d.id FROM channels_printjob j JOIN channels_printitem i ON i.job_id = j.id"
            " JOIN channels_dispatch d ON d.id = i.dispatch_id"
            " WHERE j.state IN ('reconciled', 'cancelled', 'rejected') AND d.state = 'handed_over'",
        ),
    ]
