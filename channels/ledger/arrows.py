"""Every move that a dispatch can make; a trigger in the database refuses any other."""

from ..models import DispatchState as State

ARROWS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.CLAIMED, State.CANCELLED, State.EXPIRED, State.SUPPRESSED}),
    # Back to the queue is safe: nothing leaves before `sending`, and that needs the claim's own token.
    # Failed are those whose worker died again and again.
    State.CLAIMED: frozenset({State.SENDING, State.QUEUED, State.FAILED, State.CANCELLED, State.SUPPRESSED}),
    State.SENDING: frozenset(
        {State.SENT, State.HANDED_OVER, State.FAILED, State.BOUNCED, State.UNCERTAIN, State.QUEUED}
    ),
    State.HANDED_OVER: frozenset(
        {State.SENT, State.DELIVERED, State.BOUNCED, State.FAILED, State.CANCELLED, State.SUPPRESSED}
    ),
    State.SENT: frozenset({State.DELIVERED, State.BOUNCED}),
    # A letter may come back, and a mail may bounce, after it counted as delivered.
    State.DELIVERED: frozenset({State.BOUNCED}),
    # Queued again only by a person, see settling.resolve().
    State.UNCERTAIN: frozenset(
        {State.SENT, State.HANDED_OVER, State.DELIVERED, State.BOUNCED, State.FAILED, State.QUEUED}
    ),
    State.BOUNCED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPPRESSED: frozenset(),
}
HAS_LEFT = (State.HANDED_OVER, State.SENT, State.DELIVERED, State.UNCERTAIN)
CONTACTED = (State.SENT, State.HANDED_OVER)
NEVER_WENT_OUT = (State.FAILED, State.CANCELLED, State.SUPPRESSED)
