"""Keeps custom audiences in step: add lists at hand-over, remove lists for whoever objected, was erased, or is done.

A list is a file until somebody, or a connector, fetches it for the network, see fetch(). A list that was not fetched
yet is rewritten when one of its people must not be in it, so that no network ever hears of them. Remove lists repeat
the very hashes that were added, for addresses change and erased customers have none any more.

Run remove_objected() at least daily: networks are promised to be in step within 24 hours.

Lock order everywhere: lists by their ids, then members, then dispatches.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from .. import ledger, registry
from ..models import AudienceFile, AudienceMember, Dispatch, DispatchState
from ..permission import barred
from . import files
from .networks import Network, Person

ADD, REMOVE = AudienceFile.Action.ADD, AudienceFile.Action.REMOVE

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
    INSERT INTO channels_audiencemember AS m (network, customer_id, dispatch_id, added_in_id, listed)
    SELECT %(network)s, t.customer, t.dispatch, %(file)s, t.listed
    FROM unnest(%(customers)s::bigint[], %(dispatches)s::bigint[], %(listed)s::jsonb[]) AS t(customer, dispatch, listed)
    ON CONFLICT (network, customer_id) WHERE removed_at IS NULL DO UPDATE SET dispatch_id = EXCLUDED.dispatch_id
    RETURNING m.dispatch_id, m.added_in_id
"""


def add(network: Network, wave_id: int, customers: Mapping[int, int]) -> tuple[AudienceFile | None, dict[int, int]]:
    """List the customers of these dispatches (customer id by dispatch id), within the caller's transaction.

    Returns the new list, if anybody is new, and for each dispatch the id of the list that names its customer.
    """
    known = persons(list(customers.values()))
    rows = {dispatch_id: network.row(known[customer_id]) for dispatch_id, customer_id in sorted(customers.items())}
    _lock_lists_of(network, customers.values())
    file = AudienceFile(network=network.name, wave_id=wave_id, action=ADD, path=files.new_path(network.name, ADD))
    file.rows, file.sha256 = 0, ""
    file.save()
    params = {
        "network": network.name,
        "file": file.pk,
        "dispatches": list(rows),
        "customers": [customers[dispatch_id] for dispatch_id in rows],
        "listed": [json.dumps(row) for row in rows.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(JOIN, params)
        listed_in = dict(cursor.fetchall())
    new = [row for dispatch_id, row in rows.items() if listed_in[dispatch_id] == file.pk]
    if not new:
        file.delete()
        return None, listed_in
    files.write(file, new)
    file.save()
    return file, listed_in


def _lock_lists_of(network: Network, customer_ids: Iterable[int]) -> None:
    """Lists in which some are already must be neither fetched nor rewritten meanwhile."""
    members = AudienceMember.objects.filter(network=network.name, customer__in=list(customer_ids), removed_at=None)
    lists = AudienceFile.objects.filter(pk__in=members.values_list("added_in", flat=True), fetched_at=None)
    list(lists.select_for_update(of=("self",)).order_by("pk"))


def fetched_among(file_ids: Collection[int]) -> set[int]:
    """Those of the lists that were fetched. The others stay unfetched until the transaction ends."""
    lists = AudienceFile.objects.select_for_update(of=("self",)).filter(pk__in=file_ids).order_by("pk")
    return {file.pk for file in lists if file.fetched_at is not None}


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


def take_back(dispatch_ids: Sequence[int]) -> list[int]:
    """Strike customers from lists that nobody has fetched; returns the dispatches for which that was in time."""
    customers = Dispatch.objects.filter(pk__in=dispatch_ids).values_list("customer_id", flat=True)
    struck = _strike(AudienceMember.objects.filter(customer__in=list(customers)).values_list("id", flat=True))
    asked = set(dispatch_ids)
    # An earlier wave's dispatch may rest on the same line of the list.
    ledger.settle(
        [id_ for id_ in struck if id_ not in asked], to=DispatchState.SUPPRESSED, reason="struck from its list"
    )
    return [id_ for id_ in struck if id_ in asked]


def _strike(member_ids: Iterable[int]) -> list[int]:
    """Rewrite unfetched lists without these members; returns the dispatches that rested on them."""
    ids = list(member_ids)
    concerned = AudienceFile.objects.filter(members__in=ids, action=ADD, fetched_at=None).values_list("id", flat=True)
    struck: list[int] = []
    # Locked, so that a list is not fetched while it is rewritten.
    waiting = AudienceFile.objects.select_for_update(of=("self",)).filter(pk__in=list(concerned), fetched_at=None)
    for file in waiting.order_by("pk"):
        members = AudienceMember.objects.filter(added_in=file, removed_at=None)
        going = members.filter(pk__in=ids)
        customers = list(going.values_list("customer_id", flat=True))
        going.delete()
        _rewrite(file, members.order_by("id").values_list("listed", flat=True))
        resting = Dispatch.objects.filter(customer__in=customers, provider_id=list_mark(file.pk))
        struck += resting.filter(state=DispatchState.HANDED_OVER).order_by("pk").values_list("id", flat=True)
    return struck


def _rewrite(file: AudienceFile, rows: Iterable[Sequence[str]]) -> None:
    old, file.path = file.path, files.new_path(file.network, ADD)
    files.write(file, rows)
    file.save(update_fields=["path", "rows", "sha256"])
    transaction.on_commit(lambda: files.replace_post(old, file.path))


# A customer who is gone, a dispatch that is gone, a wave that was cancelled or whose time is over, or anything that
# bars contact now. A wave is completed once its lists are fetched, long before people have seen the post.
TO_GO = """
    SELECT d.id, d.network, d.listed, f.fetched_at IS NOT NULL, {barred} IS NOT NULL
    FROM channels_audiencemember d
    JOIN channels_audiencefile f ON f.id = d.added_in_id
    LEFT JOIN channels_dispatch p ON p.id = d.dispatch_id
    LEFT JOIN campaigns_wave w ON w.id = p.wave_id
    LEFT JOIN campaigns_campaign c ON c.id = w.campaign_id
    WHERE d.removed_at IS NULL
      AND (d.customer_id IS NULL OR w.id IS NULL OR w.state = 'cancelled'
           OR w.state = 'completed' AND w.started_at + c.goal_days * interval '1 day' < now()
           OR {barred} IS NOT NULL)
    ORDER BY d.id
"""


@transaction.atomic
def remove_objected() -> int:
    """Write remove lists for members who may or need not be in an audience any more; returns how many left."""
    gate = barred(registry.get("social"))
    with connection.cursor() as cursor:
        cursor.execute(TO_GO.format(barred=gate.sql), gate.params)
        going = cursor.fetchall()
    for is_barred, to in ((True, DispatchState.SUPPRESSED), (False, DispatchState.CANCELLED)):
        waiting = [id_ for id_, _, _, is_fetched, bars in going if not is_fetched and bars == is_barred]
        ledger.settle(_strike(waiting), to=to, reason="struck from its list")
    by_network: dict[str, dict[int, Sequence[str]]] = {}
    for id_, network, listed, is_fetched, _ in going:
        if is_fetched:
            by_network.setdefault(network, {})[id_] = json.loads(listed)  # raw SQL gives JSON as text
    for network, members in by_network.items():
        _write_removal(network, members)
    return len(going)


def _write_removal(network: str, members: Mapping[int, Sequence[str]]) -> None:
    file = AudienceFile(network=network, action=REMOVE, path=files.new_path(network, REMOVE))
    files.write(file, members.values())
    file.save()
    _forget(members)


def _forget(member_ids: Collection[int]) -> None:
    """The hashes are personal data; once they are on a remove list nobody needs them here."""
    changes: dict[str, Any] = {"removed_at": timezone.now(), "listed": []}
    AudienceMember.objects.filter(pk__in=list(member_ids), removed_at=None).update(**changes)
