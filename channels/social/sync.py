"""Keeps custom audiences in step: add lists at hand-over, remove lists for whoever objected, was erased, or is done.

A list is a file until somebody, or a connector, fetches it for the network; then fetched() is called. A list that was
not fetched yet is rewritten when one of its people must not be in it, so that no network ever hears of them. Remove
lists repeat the very hashes that were added, for addresses change and erased customers have none any more.

Run remove_objected() at least daily: networks are promised to be in step within 24 hours.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    RETURNING m.dispatch_id, m.added_in_id, m.listed
"""


def add(network: Network, wave_id: int, customers: Mapping[int, int]) -> tuple[AudienceFile | None, dict[int, int]]:
    """List the customers of these dispatches (customer id by dispatch id), within the caller's transaction.

    Returns the new list, if anybody is new, and for each dispatch the id of the list that names its customer.
    """
    known = persons(list(customers.values()))
    rows = {dispatch_id: network.row(known[customer_id]) for dispatch_id, customer_id in sorted(customers.items())}
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
        listed_in = {dispatch_id: file_id for dispatch_id, file_id, _ in cursor.fetchall()}
    new = [row for dispatch_id, row in rows.items() if listed_in[dispatch_id] == file.pk]
    if not new:
        file.delete()
        return None, listed_in
    files.write(file, new)
    file.save()
    return file, listed_in


def list_mark(file_id: int) -> str:
    """The provider id of the dispatches whose customers a list names."""
    return f"audience-file-{file_id}"


@transaction.atomic
def fetched(file_id: int) -> int:
    """The network has this list; returns how many dispatches are sent by that. Telling it twice does no harm."""
    file = AudienceFile.objects.select_for_update(of=("self",)).get(pk=file_id)
    AudienceFile.objects.filter(pk=file.pk, fetched_at=None).update(fetched_at=timezone.now())
    if file.action == REMOVE:
        return 0
    # Later waves may rest on this list too; by the wave's id the index serves.
    waiting = Dispatch.objects.filter(
        wave_id__gte=file.wave_id or 0,
        channel="social",
        state=DispatchState.HANDED_OVER,
        provider_id=list_mark(file.pk),
    )
    return len(ledger.settle(list(waiting.values_list("id", flat=True)), to=DispatchState.SENT, reason="listed"))


def take_back(dispatch_ids: Sequence[int]) -> list[int]:
    """Strike customers from lists that nobody has fetched; returns the dispatches for which that was in time."""
    asked = dict(Dispatch.objects.filter(pk__in=dispatch_ids).values_list("customer_id", "id"))
    struck = _strike(AudienceMember.objects.filter(customer__in=list(asked)).values_list("id", flat=True))
    return [asked[customer_id] for customer_id in struck if customer_id in asked]


def _strike(member_ids: Iterable[int]) -> list[int | None]:
    """Rewrite unfetched lists without these members; returns the customers who were struck."""
    ids = list(member_ids)
    concerned = AudienceFile.objects.filter(members__in=ids, action=ADD, fetched_at=None).values_list("id", flat=True)
    struck: list[int | None] = []
    # Locked, so that a list is not fetched while it is rewritten.
    waiting = AudienceFile.objects.select_for_update(of=("self",)).filter(pk__in=list(concerned), fetched_at=None)
    for file in waiting.order_by("pk"):
        members = AudienceMember.objects.filter(added_in=file, removed_at=None)
        going = members.filter(pk__in=ids)
        struck += going.values_list("customer_id", flat=True)
        going.delete()
        _rewrite(file, members.order_by("id").values_list("listed", flat=True))
    return struck


def _rewrite(file: AudienceFile, rows: Iterable[Sequence[str]]) -> None:
    old, file.path = file.path, files.new_path(file.network, ADD)
    files.write(file, rows)
    file.save(update_fields=["path", "rows", "sha256"])
    transaction.on_commit(lambda: files.replace_post(old, file.path))


# A customer who is gone, a dispatch that is gone, a wave that is over, or anything that bars contact now.
TO_GO = """
    SELECT d.id, d.network, d.listed, f.fetched_at IS NOT NULL
    FROM channels_audiencemember d
    JOIN channels_audiencefile f ON f.id = d.added_in_id
    LEFT JOIN channels_dispatch p ON p.id = d.dispatch_id
    LEFT JOIN campaigns_wave w ON w.id = p.wave_id
    WHERE d.removed_at IS NULL
      AND (d.customer_id IS NULL OR w.id IS NULL OR w.state IN ('completed', 'cancelled') OR {barred} IS NOT NULL)
    ORDER BY d.id
"""


@transaction.atomic
def remove_objected() -> int:
    """Write remove lists for members who may or need not be in an audience any more; returns how many left."""
    gate = barred(registry.get("social"))
    with connection.cursor() as cursor:
        cursor.execute(TO_GO.format(barred=gate.sql), gate.params)
        going = cursor.fetchall()
    struck = _strike(id_ for id_, _, _, is_fetched in going if not is_fetched)
    by_network: dict[str, dict[int, Sequence[str]]] = {}
    for id_, network, listed, is_fetched in going:
        if is_fetched:
            by_network.setdefault(network, {})[id_] = json.loads(listed) if isinstance(listed, str) else listed
    for network, members in by_network.items():
        _write_removal(network, members)
    return len(struck) + sum(map(len, by_network.values()))


def _write_removal(network: str, members: Mapping[int, Sequence[str]]) -> None:
    file = AudienceFile(network=network, action=REMOVE, path=files.new_path(network, REMOVE))
    files.write(file, members.values())
    file.save()
    _forget(members)


def _forget(member_ids: Collection[int]) -> None:
    """The hashes are personal data; once they are on a remove list nobody needs them here."""
    changes: dict[str, Any] = {"removed_at": timezone.now(), "listed": []}
    AudienceMember.objects.filter(pk__in=list(member_ids), removed_at=None).update(**changes)
