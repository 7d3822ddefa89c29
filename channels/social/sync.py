"""Custom audiences are added to at hand-over: by lists that are fetched as files, or by batches for an account.

A list without an account is a file until somebody, or a connector, fetches it for the network, see fetch(). A list for
an account is cut into batches, which channels.social.uploading gives to the network. Who leaves: channels.social.leaving.

Lock order everywhere: lists by their ids, then batches, then members, then dispatches.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from .. import ledger
from ..models import AudienceBatch, AudienceFile, AudienceMember, BatchState, Dispatch, DispatchState, NetworkAccount
from . import batches, files
from .networks import Network, Person

ADD = AudienceFile.Action.ADD
OPEN = (BatchState.WAITING, BatchState.SENDING, BatchState.UNDERWAY)

PERSONS = """
    SELECT c.id, coalesce(email.value, ''), coalesce(phone.value, ''), c.first_name, c.last_name,
           coalesce(h.postcode, ''), coalesce(h.country, '')
    FROM campaigns_customer c
    LEFT JOIN campaigns_household h ON h.id = c.household_id
    LEFT JOIN LATERAL ({email}) email ON true
    LEFT JOIN LATERAL ({phone}) phone ON true
    WHERE c.id = ANY(%s)
"""
USABLE = """
    SELECT i.value FROM campaigns_identifier i
    WHERE i.customer_id = c.id AND i.kind = '{kind}'
      AND NOT EXISTS (SELECT 1 FROM campaigns_suppression s WHERE s.digest = i.digest)
    ORDER BY i.id LIMIT 1
"""


def persons(customer_ids: Sequence[int]) -> dict[int, Person]:
    """What may be listed of customers, by id; one query."""
    sql = PERSONS.format(email=USABLE.format(kind="email"), phone=USABLE.format(kind="phone"))
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(customer_ids)])
        return {row[0]: Person(*row[1:]) for row in cursor.fetchall()}


# Who is a member already is not listed again.
JOIN = """
    INSERT INTO channels_audiencemember AS m (network, account_id, customer_id, dispatch_id, added_in_id, listed)
    SELECT %(network)s, %(account)s, t.customer, t.dispatch, %(file)s, t.listed
    FROM unnest(%(customers)s::bigint[], %(dispatches)s::bigint[], %(listed)s::jsonb[]) AS t(customer, dispatch, listed)
    ON CONFLICT {once} DO UPDATE SET dispatch_id = EXCLUDED.dispatch_id
    RETURNING m.dispatch_id, m.added_in_id, m.id
"""
ONCE_IN_FILES = "(network, customer_id) WHERE removed_at IS NULL AND account_id IS NULL"
ONCE_AN_ACCOUNT = "(account_id, customer_id) WHERE removed_at IS NULL AND account_id IS NOT NULL"


@dataclass(frozen=True)
class Target:
    """Whose audience: a network's by files, or that of one account, which is kept in step by calls."""

    network: Network
    account: NetworkAccount | None = None


def add(target: Target, wave_id: int, customers: Mapping[int, int]) -> tuple[AudienceFile | None, dict[int, int]]:
    """List the customers of these dispatches (customer id by dispatch id), within the caller's transaction.

    Returns the new list, if anybody is new, and for each dispatch the id of the list that names its customer; nothing
    for customers by whom the network could match nobody.
    """
    network, account = target.network, target.account
    known = persons(list(customers.values()))
    rows = {
        dispatch_id: network.row(known[customer_id])
        for dispatch_id, customer_id in sorted(customers.items())
        if network.can_match(known[customer_id])
    }
    _lock_lists_of(target, customers.values())
    file = AudienceFile(network=network.name, account=account, wave_id=wave_id, action=ADD)
    file.path, file.rows, file.sha256 = files.new_path(network.name, ADD), 0, ""
    file.save()
    joined = _join(file, rows, customers)
    listed_in = {dispatch_id: list_id for dispatch_id, (list_id, _) in joined.items()}
    new = [dispatch_id for dispatch_id in rows if listed_in[dispatch_id] == file.pk]
    if not new:
        file.delete()
        return None, listed_in
    if account is None:
        files.write(file, [rows[dispatch_id] for dispatch_id in new])
    else:
        file.rows = len(new)
        batches.cut(file, [joined[dispatch_id][1] for dispatch_id in new])
    file.save()
    return file, listed_in


def _join(
    file: AudienceFile, rows: Mapping[int, Sequence[str]], customers: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    """By dispatch: the list that names its customer, and the member."""
    params = {
        "network": file.network,
        "account": file.account_id,
        "file": file.pk,
        "dispatches": list(rows),
        "customers": [customers[dispatch_id] for dispatch_id in rows],
        "listed": [json.dumps(row) for row in rows.values()],
    }
    once = ONCE_IN_FILES if file.account_id is None else ONCE_AN_ACCOUNT
    with connection.cursor() as cursor:
        cursor.execute(JOIN.format(once=once), params)
        return {dispatch_id: (list_id, member_id) for dispatch_id, list_id, member_id in cursor.fetchall()}


def _lock_lists_of(target: Target, customer_ids: Iterable[int]) -> None:
    """Lists in which some are already must be neither fetched nor rewritten meanwhile, nor their batches recorded."""
    members = AudienceMember.objects.filter(
        network=target.network.name, account=target.account, customer__in=list(customer_ids), removed_at=None
    )
    lists = AudienceFile.objects.filter(pk__in=members.values_list("added_in", flat=True), fetched_at=None)
    list(lists.select_for_update(of=("self",)).order_by("pk"))
    open_ones = AudienceBatch.objects.filter(pk__in=members.values_list("batch", flat=True), state__in=OPEN)
    list(open_ones.select_for_update(of=("self",)).order_by("pk"))


def there_among(dispatch_ids: Collection[int]) -> set[int]:
    """Dispatches whose customer the network has already. What it has not stays so until the transaction ends."""
    members = AudienceMember.objects.filter(dispatch__in=dispatch_ids, removed_at=None)
    file_ids = members.filter(account=None).values_list("added_in", flat=True)
    lists = AudienceFile.objects.select_for_update(of=("self",)).filter(pk__in=list(file_ids)).order_by("pk")
    fetched = [file.pk for file in lists if file.fetched_at is not None]
    is_there = Q(account=None, added_in__in=fetched) | Q(account__isnull=False, batch__state=BatchState.TAKEN)
    return set(members.filter(is_there).values_list("dispatch", flat=True))


def list_mark(file_id: int) -> str:
    """The provider id of the dispatches whose customers a list names."""
    return f"audience-file-{file_id}"


@transaction.atomic
def fetch(file_id: int) -> Path:
    """Take a list, to upload it: from now on the network counts as having it, and its dispatches as sent.

    Fetching it again gives the same file. Raises AudienceFile.DoesNotExist, or FileNotFoundError where the file is gone.
    """
    file = AudienceFile.objects.select_for_update(of=("self",)).get(pk=file_id)
    path = files.location(file)
    if not path.is_file():
        raise FileNotFoundError(f"list {file_id} is not below SOCIAL_ROOT any more")
    if file.fetched_at is None:
        AudienceFile.objects.filter(pk=file.pk).update(fetched_at=timezone.now())
    if file.action == ADD:
        ledger.settle(_waiting_for(file), to=DispatchState.SENT, reason="listed")
    return path


def _waiting_for(file: AudienceFile) -> list[int]:
    """Later waves may rest on this list too; by the wave's id the index serves."""
    waiting = Dispatch.objects.filter(
        wave_id__gte=file.wave_id or 0,
        channel="social",
        state=DispatchState.HANDED_OVER,
        provider_id=list_mark(file.pk),
    )
    return list(waiting.values_list("id", flat=True))
