"""What is known of customers when reports arrive: who they are today, and where they lived when a piece went out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol

from campaigns import identity, past, sets
from campaigns.identity import IdentityError

NOW = "SELECT id, coalesce(merged_into_id, id) FROM campaigns_customer WHERE id = ANY(%s)"
# In the order of their ids, so that two reports never wait for each other, nor a report and a merge.
LOCK = "SELECT id, merged_into_id FROM campaigns_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
PEOPLE = "SELECT id, household_id, first_name, last_name FROM campaigns_customer WHERE id = ANY(%s)"
SENT = "unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::bigint[]) AS sent(n, customer, at, dispatch)"
ADDRESSED = f"""
    SELECT sent.n, found.* FROM {SENT} CROSS JOIN LATERAL (
        SELECT today.id, h.id AS household, h.address_key, c.first_name, c.last_name
        FROM {past.PEOPLE.replace("%(at)s", "sent.at")}
        WHERE today.id = sent.customer AND h.id IS NOT NULL
    ) found
"""  # noqa: S608 - our own
# A message that went over in a merge was written to the record that is no more, as long as the merge can be undone.
BEFORE_A_MERGE = f"""
    WITH sent AS (
        SELECT * FROM {SENT}
    ), record AS (
        SELECT n, customer AS id FROM sent
        UNION
        SELECT sent.n, c.id FROM sent JOIN campaigns_customer c ON c.merged_into_id = sent.customer
    )
    SELECT DISTINCT ON (sent.n) sent.n, m.merged_id, h.id, h.address_key,
           m.before -> 'merged' ->> 'first_name', m.before -> 'merged' ->> 'last_name'
    FROM sent JOIN record USING (n) JOIN campaigns_customermerge m ON m.kept_id = record.id
    LEFT JOIN campaigns_household h ON h.id = (m.before -> 'merged' ->> 'household_id')::bigint
    WHERE m.undone_at IS NULL AND m.merged_at > sent.at
      AND m.moved -> 'channels.Dispatch.customer' @> to_jsonb(sent.dispatch)
    ORDER BY sent.n, m.id
"""  # noqa: S608 - our own
# The address of a former record bars nobody who lives elsewhere.
LEAVE_BEHIND = """
    UPDATE campaigns_identifier i SET customer_id = told.former
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS told(customer, former, household, key)
    JOIN campaigns_customer c ON c.id = told.customer
    WHERE i.customer_id = c.id AND c.household_id IS DISTINCT FROM told.household
      AND i.kind = 'postal_address' AND right(i.value, length(told.key) + 1) = '|' || told.key
"""
LIVING_THERE = """
    SELECT told.n, c.id, c.household_id, told.key, c.first_name, c.last_name
    FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS told(n, household, key)
    JOIN campaigns_customer c ON c.household_id = told.household ORDER BY told.n, c.id
"""
RECORD = """
    INSERT INTO campaigns_postalreport (customer_id, kind, reason, household_id, reported_at, source, source_key, is_applied)
    SELECT told.customer, told.kind, told.reason, h.id, told.reported_at, told.source, told.source_key, told.is_applied
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::boolean[])
        WITH ORDINALITY AS told(customer, kind, reason, household, reported_at, source, source_key, is_applied, n)
    LEFT JOIN campaigns_household h ON h.id = told.household
    ORDER BY told.n
    ON CONFLICT (source, source_key) DO NOTHING
    RETURNING source, source_key, id
"""


@dataclass(frozen=True)
class Resident:
    """A person at an address; `household_id` may be of a household that is no more."""

    customer_id: int
    household_id: int
    address_key: str
    first_name: str
    last_name: str

    @cached_property
    def identifier(self) -> str:
        """As imports make it; empty where the name is not known, or too long to be one."""
        try:
            return identity.postal_identifier(identity.name_key(self.first_name, self.last_name), self.address_key)
        except IdentityError:
            return ""

    @cached_property
    def identifier_of_namesake(self) -> str:
        """Where somebody else has theirs."""
        try:
            return identity.of_namesake(self.identifier, str(self.customer_id)) if self.identifier else ""
        except IdentityError:
            return ""


class Sent(NamedTuple):
    """A piece that went out; `n` is the caller's number for it."""

    n: int
    customer_id: int
    at: datetime
    dispatch_id: int | None


class Row(NamedTuple):
    """A PostalReport to be written."""

    customer_id: int
    kind: str
    reason: str
    household_id: int | None
    reported_at: datetime
    source: str
    source_key: str
    is_applied: bool = True


class Told(Protocol):
    """The same `source` and `key` are one report."""

    source: str
    key: str


@dataclass(frozen=True)
class Case:
    """What was told in the `n`-th place, and which customer of today it is about."""

    n: int
    told: Told
    customer_id: int

    @property
    def source(self) -> str:
        return self.told.source[:80]

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.told.key[:80]


class Home(NamedTuple):
    """Where a customer lives now, and their name."""

    household_id: int | None
    first_name: str
    last_name: str


def lock(customer_ids: Collection[int]) -> Mapping[int, int]:
    """Who these are today, by their ids, all locked; without those who were erased. Within a transaction."""
    first = dict(sets.about(NOW, customer_ids))
    leads: dict[int, int | None] = {}
    waiting = set(first.values())
    while waiting:  # more than once where somebody was merged while we waited for them
        leads |= dict(sets.about(LOCK, waiting))
        waiting = {kept for kept in leads.values() if kept} - leads.keys()
    return {told: today for told, one in first.items() if (today := _end(one, leads)) in leads}


def _end(customer_id: int, leads: Mapping[int, int | None]) -> int:
    while kept := leads.get(customer_id):
        customer_id = kept
    return customer_id


def homes(customer_ids: Collection[int]) -> dict[int, Home]:
    return {id_: Home(*rest) for id_, *rest in sets.about(PEOPLE, customer_ids)}


def addressed(sent: Sequence[Sent]) -> dict[int, Resident]:
    """Who pieces were addressed to, and where, by `n`; perhaps records that were merged since."""
    former = {n: Resident(*found) for n, *found in sets.run(BEFORE_A_MERGE, sent)}
    rest = [one for one in sent if one.n not in former]
    at_home = {n: one for n, one in former.items() if one.household_id}
    return at_home | {n: Resident(*found) for n, *found in sets.run(ADDRESSED, rest)}


def living_there(places: Mapping[int, Resident]) -> dict[int, list[Resident]]:
    """Everybody who lives now where these do, by the same numbers."""
    found: dict[int, list[Resident]] = {n: [] for n in places}
    for n, *one in sets.run(LIVING_THERE, [(n, of.household_id, of.address_key) for n, of in places.items()]):
        found[n].append(Resident(*one))
    return found


def leave_behind(former: Sequence[tuple[int, Resident]]) -> None:
    """The addresses of records that were merged into these customers are not theirs, unless they live there."""
    sets.run(LEAVE_BEHIND, [(id_, of.customer_id, of.household_id, of.address_key) for id_, of in former])


def record(reports: Sequence[Row]) -> dict[tuple[str, str], int]:
    """The ids of those that are new, by source and key; the same come again as often as they like."""
    return {(source, key): id_ for source, key, id_ in sets.run(RECORD, reports)}
