"""The `contacted` event of a dispatch, written in the transaction that moves it."""

from collections.abc import Sequence
from datetime import datetime

from campaigns import events
from campaigns.models import EventKind

from .. import registry
from .sql import count


def note(moved: Sequence[tuple[int, int, str, datetime]]) -> None:
    """One `contacted` event for each (dispatch, customer, channel, time), in the transaction that moves the dispatch."""
    events.record([_contact(*row) for row in moved])


def _contact(dispatch_id: int, customer_id: int, channel: str, at: datetime) -> events.NewEvent:
    return events.NewEvent(
        customer_id=customer_id,
        kind=EventKind.CONTACTED,
        medium=channel,
        is_online=not registry.get(channel).reach.needs_household,
        occurred_at=at,
        source="ledger",
        source_key=f"dispatch-{dispatch_id}",
        dispatch_id=dispatch_id,
    )


def forget(dispatch_ids: Sequence[int]) -> None:
    """A contact that was noted at the hand-over and then did not happen must not count against contact limits."""
    count("DELETE FROM campaigns_event WHERE dispatch_id = ANY(%s) AND kind = 'contacted'", [list(dispatch_ids)])
