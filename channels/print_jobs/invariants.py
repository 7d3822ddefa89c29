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
            " WHERE i.state = 'planned' AND j.state IN ('draft', 'ready', 'downloaded', 'acknowledged')"
            " AND o.lifted_at IS NULL AND o.received_at < now() - interval '5 minutes'",
        ),
        Invariant(
            "a print job's items add up to its rows",
            "SELECT j.id FROM channels_printjob j WHERE j.state <> 'draft' AND j.rows <>"
            " (SELECT count(*) FROM channels_printitem i WHERE i.job_id = j.id AND i.state <> 'withdrawn')",
        ),
        Invariant(
            "no letter is printed that was withdrawn in time",
            "SELECT i.id FROM channels_printitem i JOIN channels_printreport r ON r.item_id = i.id"
            " WHERE i.state = 'withdrawn'",
        ),
        Invariant(
            "what goes to the press was acknowledged",
            "SELECT id FROM channels_printjob WHERE state IN ('in_production', 'printed', 'posted', 'reconciled', 'purged')"
            " AND acknowledged_revision IS DISTINCT FROM revision",
        ),
        Invariant(
            "a print job that is over leaves no letter open",
            "SELECT d.id FROM channels_printjob j JOIN channels_printitem i ON i.job_id = j.id"
            " JOIN channels_dispatch d ON d.id = i.dispatch_id"
            " WHERE j.state IN ('reconciled', 'purged', 'cancelled', 'rejected', 'expired') AND d.state = 'handed_over'",
        ),
        Invariant(
            "what was withdrawn in time from fetched files was acknowledged before it went to the press",
            "SELECT w.id FROM channels_printwithdrawal w JOIN channels_printjob j ON j.id = w.job_id"
            " WHERE w.in_time AND w.acknowledged_at IS NULL"
            " AND j.state IN ('in_production', 'printed', 'posted', 'reconciled', 'purged')",
        ),
        Invariant(
            "what was withdrawn too late stands in the list of its job, and so before the privacy officer",
            "SELECT i.id FROM channels_printitem i WHERE i.state = 'withdrawn_too_late'"
            " AND NOT EXISTS (SELECT 1 FROM channels_printwithdrawal w WHERE w.item_id = i.id AND NOT w.in_time)",
        ),
    ]
