"""What must always be true of audiences at accounts; the same shape as channels.invariants."""

from ..invariants import Invariant


def social_invariants() -> list[Invariant]:
    return [
        Invariant(
            "what waits for a network is on its way there",
            # A quarter of an hour, in which the sweeps see who left.
            "SELECT d.id FROM channels_audiencefile f JOIN channels_dispatch d ON d.wave_id = f.wave_id"
            " AND d.channel = 'social' AND d.state = 'handed_over' AND d.provider_id = 'audience-file-' || f.id"
            " WHERE f.account_id IS NOT NULL AND f.fetched_at < now() - interval '20 minutes'",
        ),
        Invariant(
            "who leaves an audience is out of it within a day",
            "SELECT b.id FROM channels_audiencebatch b JOIN channels_audiencefile f ON f.id = b.list_id"
            " WHERE b.removes AND b.state IN ('waiting', 'sending', 'underway')"
            " AND f.created_at < now() - interval '24 hours'",
        ),
        Invariant(
            "whom a network does not have any more, we have no hashes of",
            "SELECT m.id FROM channels_audiencemember m JOIN channels_audiencebatch b ON b.id = m.batch_id"
            " WHERE m.removed_at IS NOT NULL AND b.removes AND b.state = 'taken' AND m.listed <> '[]'",
        ),
        Invariant(
            "a post that has left was approved by a second person",
            "SELECT id FROM channels_socialpost WHERE state IN ('publishing', 'scheduled', 'published', 'uncertain')"
            " AND approved_at IS NULL",
        ),
    ]
