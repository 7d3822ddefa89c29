"""What became of the members of a batch that was taken, and how those whom the network refused are tried once more.

Where a network names the entries that it refused, each is tried again alone; where it says only how many there were,
the batch is halved until they are found. Who is refused alone is out. Taken ones may be sent again by this, which
changes nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import ledger
from ..models import AudienceBatch, AudienceMember, Dispatch, DispatchState
from . import batches, leaving
from .backends.base import Taken
from .sync import list_mark

MOST_ALONE = 50  # of one batch; any more are tried together first


@dataclass(frozen=True)
class Judged:
    """Members who are in, who are out, and who are tried again, in batches."""

    taken: Sequence[int]
    refused: Sequence[int]
    again: Sequence[Sequence[int]]

    def said(self, reason: str) -> str:
        """Of the batch, for staff."""
        number = len(self.refused) + sum(map(len, self.again))
        if not number:
            return ""
        return f"{number} {'tried again' if self.again else 'refused'}: {reason}"


def judge(member_ids: Sequence[int], told: Taken) -> Judged:
    number = len(told.refused) or told.refused_number
    if not number:
        return Judged(member_ids, (), ())
    if number >= len(member_ids):
        return Judged((), member_ids, ())
    if not told.refused:
        half = len(member_ids) // 2
        return Judged((), (), (member_ids[:half], member_ids[half:]))
    positions = set(told.refused)
    refused = [member_ids[position] for position in sorted(positions)]
    taken = [id_ for position, id_ in enumerate(member_ids) if position not in positions]
    alone = [[id_] for id_ in refused[:MOST_ALONE]]
    return Judged(taken, (), [*alone, refused[MOST_ALONE:]] if refused[MOST_ALONE:] else alone)


def bring_in(member_ids: Sequence[int]) -> None:
    """The network has them: whatever waited for that is sent."""
    ledger.settle(_waiting(member_ids), to=DispatchState.SENT, reason="listed")


def turn_away(member_ids: Sequence[int], reason: str) -> None:
    """The network does not take them, so it need not be told to remove them."""
    ledger.settle(_waiting(member_ids), to=DispatchState.FAILED, reason=reason)
    leaving.forget(member_ids)


def try_again(batch: AudienceBatch, parts: Sequence[Sequence[int]]) -> None:
    """Only those who did not leave meanwhile; a batch that removes carries its own."""
    for part in parts:
        still = AudienceMember.objects.filter(pk__in=part, batch=batch).order_by("pk").values_list("pk", flat=True)
        if ids := list(still):
            batches.split(batch, [ids])


def own_session(batch: AudienceBatch) -> dict[str, Any]:
    session = secrets.randbits(batches.SESSION_BITS) + 1
    return {"session": session, "sequence": 1, "is_last": True, "session_rows": batch.rows}


def _waiting(member_ids: Sequence[int]) -> list[int]:
    """Dispatches of any wave that wait for these members, in the order in which they are locked everywhere."""
    members = AudienceMember.objects.filter(pk__in=member_ids, removed_at=None, customer__isnull=False)
    by_list: dict[int, list[int]] = {}
    for list_id, customer_id in members.values_list("added_in", "customer"):
        by_list.setdefault(list_id, []).append(customer_id)
    found: list[int] = []
    for list_id, customers in by_list.items():
        resting = Dispatch.objects.filter(
            customer__in=customers, channel="social", provider_id=list_mark(list_id), state=DispatchState.HANDED_OVER
        )
        found += resting.values_list("pk", flat=True)
    return sorted(found)
