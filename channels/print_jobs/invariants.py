"""What must always be true of print jobs; see channels.invariants."""

from ..invariants import Invariant


def print_invariants() -> list[Invariant]:
    return [*_about_sums(), *_about_files(), *_about_withdrawals(), *_about_steps()]


def _about_sums() -> list[Invariant]:
    return [
        Invariant(
            "every letter that a vendor was given is an item of a job",
            "SELECT d.id FROM channels_dispatch d WHERE d.channel = 'print_mailing' AND d.state = 'handed_over'"
            " AND NOT EXISTS (SELECT 1 FROM channels_printitem i WHERE i.dispatch_id = d.id)",
        ),
        Invariant(
            "every customer who gets a leaflet lives in an area that a job orders",
            "SELECT d.id FROM channels_dispatch d LEFT JOIN channels_printitem i"
            " ON i.id = substring(d.provider_id FROM '^area-order-([0-9]{1,18})$')::bigint"
            " WHERE d.channel = 'direct_post' AND d.state = 'handed_over' AND i.delivery_area_id IS NULL",
        ),
        Invariant(
            "the files of a print job hold as many rows and letters as it has, while its vendor may print them",
            "SELECT j.id FROM channels_printjob j"
            " JOIN (SELECT DISTINCT job_id, kind FROM channels_printpart) p ON p.job_id = j.id"
            " WHERE j.state IN ('ready', 'downloaded', 'acknowledged', 'in_production', 'printed') AND j.rows <>"
            " (SELECT coalesce(sum(f.rows), 0) FROM channels_mailingfile f WHERE f.job_id = j.id"
            " AND f.revision = j.revision AND f.kind = p.kind AND f.destroyed_at IS NULL)",
        ),
        Invariant(
            "a print job's items add up to its rows",
            "SELECT j.id FROM channels_printjob j WHERE j.state <> 'draft'"
            " AND (j.stale_at IS NULL OR j.state NOT IN ('ready', 'downloaded', 'acknowledged')) AND j.rows <>"
            " (SELECT count(*) FROM channels_printitem i WHERE i.job_id = j.id AND i.state <> 'withdrawn')",
        ),
    ]


def _about_files() -> list[Invariant]:
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
            "nobody who was withdrawn in time is in a file that a vendor may fetch",
            "SELECT p.id FROM channels_printpart p JOIN channels_printjob j ON j.id = p.job_id"
            " WHERE j.state IN ('ready', 'downloaded', 'acknowledged') AND j.stale_at IS NULL AND p.rows <>"
            " (SELECT count(*) FROM channels_printitem i WHERE i.job_id = p.job_id AND i.state = 'planned'"
            " AND i.sequence BETWEEN p.first AND p.last)",
        ),
        Invariant(
            "files from which letters were withdrawn are written anew within an hour, and before they are printed",
            "SELECT id FROM channels_printjob WHERE stale_at IS NOT NULL AND ("
            " state IN ('ready', 'downloaded', 'acknowledged') AND stale_at < now() - interval '1 hour'"
            " OR state IN ('in_production', 'printed', 'posted', 'reconciled', 'purged'))",
        ),
        Invariant(
            "nothing is kept of a letter that was withdrawn in time",
            "SELECT r.item_id FROM channels_printrow r JOIN channels_printitem i ON i.id = r.item_id"
            " JOIN channels_printjob j ON j.id = i.job_id WHERE i.state = 'withdrawn'"
            " AND j.state NOT IN ('draft', 'cancelled', 'rejected', 'expired')"  # of these it goes the next night
            " AND (j.stale_at IS NULL OR j.state NOT IN ('ready', 'downloaded', 'acknowledged'))",
        ),
    ]


def _about_withdrawals() -> list[Invariant]:
    return [
        Invariant(
            "no letter is printed that was withdrawn in time",
            "SELECT i.id FROM channels_printitem i JOIN channels_printreport r ON r.item_id = i.id"
            " WHERE i.state = 'withdrawn'",
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


def _about_steps() -> list[Invariant]:
    return [
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
    ]
