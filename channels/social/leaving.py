"""Who leaves custom audiences: whoever objected, was erased, or is done; by lists rewritten in time, or by remove lists.

A list that was not fetched yet is rewritten, and a batch that was never sent is cut, when one of its people must not be
in it, so that no network ever hears of them. For the others a remove list repeats the very hashes that were added, for
addresses change and erased customers have none any more.

Run remove_objected() at least daily: networks are promised to be in step within 24 hours.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from .. import ledger, registry
from ..models import AudienceBatch, AudienceFile, AudienceMember, BatchState, Dispatch, DispatchState
from ..permission import barred
from . import batches, files
from .sync import ADD, list_mark

REMOVE = AudienceFile.Action.REMOVE
STRUCK = "struck from its list"


def take_back(dispatch_ids: Sequence[int]) -> list[int]:
    """Strike customers from what no network has; returns the dispatches for which that was in time."""
    customers = Dispatch.objects.filter(pk__in=dispatch_ids).values_list("customer_id", flat=True)
    struck = _strike(AudienceMember.objects.filter(customer__in=list(customers)).values_list("id", flat=True))
    asked = set(dispatch_ids)
    # An earlier wave's dispatch may rest on the same line of the list.
    ledger.settle([id_ for id_ in struck if id_ not in asked], to=DispatchState.SUPPRESSED, reason=STRUCK)
    return [id_ for id_ in struck if id_ in asked]


def _strike(member_ids: Iterable[int]) -> list[int]:
    """Out of unfetched lists and out of batches that were never sent; returns the dispatches that rested on them."""
    ids = list(member_ids)
    return _strike_from_files(ids) + _strike_from_batches(ids)


def _strike_from_files(ids: Sequence[int]) -> list[int]:
    concerned = AudienceFile.objects.filter(members__in=ids, action=ADD, fetched_at=None, account=None)
    struck: list[int] = []
    # Locked, so that a list is not fetched while it is rewritten.
    waiting = AudienceFile.objects.select_for_update(of=("self",)).filter(
        pk__in=list(concerned.values_list("id", flat=True)), fetched_at=None
    )
    for file in waiting.order_by("pk"):
        members = AudienceMember.objects.filter(added_in=file, removed_at=None)
        going = members.filter(pk__in=ids)
        customers = list(going.values_list("customer_id", flat=True))
        going.delete()
        _rewrite(file, members.order_by("id").values_list("listed", flat=True))
        struck += _resting(file.pk, customers)
    return struck


def _rewrite(file: AudienceFile, rows: Iterable[Sequence[str]]) -> None:
    old, file.path = file.path, files.new_path(file.network, ADD)
    files.write(file, rows)
    file.save(update_fields=["path", "rows", "sha256"])
    transaction.on_commit(lambda: files.replace_post(old, file.path))


def _strike_from_batches(ids: Sequence[int]) -> list[int]:
    concerned = AudienceBatch.objects.filter(members__in=ids, attempts=0, removes=False).values_list("id", flat=True)
    struck: list[int] = []
    # Locked, so that a batch is not sent meanwhile.
    waiting = AudienceBatch.objects.select_for_update(of=("self",)).filter(
        pk__in=list(concerned), attempts=0, state=BatchState.WAITING
    )
    for batch in waiting.order_by("pk"):
        going = AudienceMember.objects.filter(batch=batch, removed_at=None, pk__in=ids)
        customers = list(going.values_list("customer_id", flat=True))
        number, _ = going.delete()
        AudienceBatch.objects.filter(pk=batch.pk).update(rows=F("rows") - number)
        AudienceFile.objects.filter(pk=batch.list_id).update(rows=F("rows") - number)
        struck += _resting(batch.list_id, customers)
    return struck


def _resting(list_id: int, customers: Sequence[int]) -> list[int]:
    """Dispatches that wait for a list to bring these customers in."""
    resting = Dispatch.objects.filter(
        customer__in=customers, channel="social", provider_id=list_mark(list_id), state=DispatchState.HANDED_OVER
    )
    return list(resting.order_by("pk").values_list("id", flat=True))


# A customer who is gone, a dispatch that is gone, a wave that was cancelled or whose time is over, or anything that
# bars contact now. A wave is completed once its lists are fetched, long before people have seen the post.
TO_GO = """
    SELECT d.id, d.network, d.account_id, d.listed,
           CASE WHEN d.account_id IS NULL THEN f.fetched_at IS NOT NULL ELSE coalesce(b.attempts > 0, true) END,
           {barred} IS NOT NULL
    FROM channels_audiencemember d
    JOIN channels_audiencefile f ON f.id = d.added_in_id
    LEFT JOIN channels_audiencebatch b ON b.id = d.batch_id
    LEFT JOIN channels_dispatch p ON p.id = d.dispatch_id
    LEFT JOIN campaigns_wave w ON w.id = p.wave_id
    LEFT JOIN campaigns_campaign c ON c.id = w.campaign_id
    WHERE d.removed_at IS NULL AND {whom}
      AND (d.customer_id IS NULL OR w.id IS NULL OR w.state = 'cancelled'
           OR w.state = 'completed' AND coalesce(w.arrives_at, w.started_at) + c.goal_days * interval '1 day' < now()
           OR {barred} IS NOT NULL)
    ORDER BY d.id
"""
EVERYBODY = "true"
# Few beside all members, so each minute may ask.
WHO_REFUSED = """(d.customer_id IS NULL OR d.customer_id IN (
    SELECT customer_id FROM campaigns_objection WHERE lifted_at IS NULL
    UNION SELECT customer_id FROM campaigns_consent WHERE withdrawn_at IS NOT NULL
    UNION SELECT i.customer_id FROM campaigns_suppression s JOIN campaigns_identifier i ON i.digest = s.digest))
"""


@dataclass(frozen=True)
class Going:
    """A member who leaves; `listed` is the row that the network knows them by."""

    member_id: int
    network: str
    account_id: int | None
    listed: Sequence[str]
    is_there: bool
    is_barred: bool


def remove_objected() -> int:
    """Take out all who may or need not be in an audience any more; returns how many left."""
    return _remove(EVERYBODY)


def remove_refusing() -> int:
    """The same for those who refused, of whom there are few: at once, not only when everybody is asked about."""
    return _remove(WHO_REFUSED)


@transaction.atomic
def _remove(whom: str) -> int:
    gate = barred(registry.get("social"), campaign="w.campaign_id")
    with connection.cursor() as cursor:
        cursor.execute(TO_GO.format(barred=gate.sql, whom=whom), gate.params)
        # Raw SQL gives JSON as text.
        going = [Going(*row[:3], json.loads(row[3]), *row[4:]) for row in cursor.fetchall()]
    for is_barred, to in ((True, DispatchState.SUPPRESSED), (False, DispatchState.CANCELLED)):
        part = [one for one in going if one.is_barred == is_barred]
        leave(part, to=to, reason=STRUCK)
    return len(going)


def leave(going: Sequence[Going], *, to: DispatchState, reason: str) -> None:
    """Whom no network has is struck; the others go onto remove lists. Dispatches that still waited become `to`."""
    waiting = [one.member_id for one in going if not one.is_there]
    ledger.settle(_strike(waiting), to=to, reason=reason)
    by_audience: dict[tuple[str, int | None], dict[int, Sequence[str]]] = {}
    for one in going:
        if one.is_there:
            by_audience.setdefault((one.network, one.account_id), {})[one.member_id] = one.listed
    for (network, account_id), members in by_audience.items():
        if account_id is None:
            _write_removal(network, members)
        else:
            ledger.settle(_waiting_for(list(members)), to=to, reason=reason)
            _queue_removal(network, account_id, list(members))


def _write_removal(network: str, members: Mapping[int, Sequence[str]]) -> None:
    file = AudienceFile(network=network, action=REMOVE, path=files.new_path(network, REMOVE))
    files.write(file, members.values())
    file.save()
    forget(members)


def _queue_removal(network: str, account_id: int, member_ids: Sequence[int]) -> None:
    """Their hashes are kept until the network has taken them out."""
    AudienceMember.objects.filter(pk__in=member_ids, removed_at=None).update(removed_at=timezone.now())
    file = AudienceFile.objects.create(
        network=network,
        account_id=account_id,
        action=REMOVE,
        path=files.new_path(network, REMOVE),
        rows=len(member_ids),
    )
    batches.cut(file, member_ids)


def _waiting_for(member_ids: Sequence[int]) -> list[int]:
    """Dispatches of members whose batch is on its way, or may be."""
    members = AudienceMember.objects.filter(pk__in=member_ids, customer__isnull=False)
    found: list[int] = []
    for list_id, customer_id in members.values_list("added_in", "customer"):
        found += _resting(list_id, [customer_id])
    return found


def forget(member_ids: Collection[int]) -> None:
    """The hashes are personal data; once they are on a remove list, or removed, nobody needs them here."""
    changes: dict[str, Any] = {"removed_at": timezone.now(), "listed": []}
    AudienceMember.objects.filter(pk__in=list(member_ids), removed_at=None).update(**changes)
    AudienceMember.objects.filter(pk__in=list(member_ids)).update(listed=[])
