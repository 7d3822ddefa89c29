"""Dispatches of which nobody knows whether they left: found when a worker falls silent, resolved by evidence only.

Evidence is what a provider says when asked (`Channel.look_up`), or that somebody answered the message (feedback).
What has neither waits for a person: ledger.resolve().
"""

from django.db import transaction

from . import ledger
from .base import Channel
from .models import Dispatch
from .models import DispatchState as State

MOST_AT_ONCE = 1000


def put_right() -> dict[str, int]:
    """What dead workers left behind, and what time has overtaken; returns how many dispatches each step moved."""
    return {
        "released": ledger.release_stale(),
        "doubted": ledger.doubt_stale(),
        "expired": ledger.expire_overdue(),
    }


@transaction.atomic
def resolve_by_evidence(channel: Channel) -> int:
    """Ask a channel about its uncertain dispatches. Only a definite answer counts; 'not sent' never means send again."""
    uncertain = Dispatch.objects.filter(channel=channel.name, state=State.UNCERTAIN).order_by("id")
    ids = list(uncertain.values_list("id", flat=True)[:MOST_AT_ONCE])
    if not ids:
        return 0
    moved = 0
    for answer in channel.look_up(ids):
        outcome = ledger.outcome_of(answer)
        if outcome.state not in (State.QUEUED, State.UNCERTAIN):
            moved += len(ledger.settle([outcome.dispatch_id], to=outcome.state, reason=outcome.answer))
    return moved
