"""People moved: they belong to another household from now on, and what barred the old address bars them no longer."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from campaigns import identity, sets
from campaigns.areas.placing import ONLY_AREA
from campaigns.identity import Address, IdentityError
from campaigns.models import PostalReport

from . import known
from .errors import PostalError
from .known import Case, Home, Resident, Row
from .turns import in_turns

# Placed where a postcode has one area; campaigns.areas looks closer, every night. In the order of their keys, so that two
# who make the same ones never wait for each other.
MAKE = f"""
    INSERT INTO campaigns_household (address_key, street, postcode, city, country, delivery_area_id)
    SELECT told.key, told.street, told.postcode, told.city, told.country, only_area.id
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[])
        WITH ORDINALITY AS told(key, street, postcode, city, country, is_home, n)
    LEFT JOIN {ONLY_AREA} ON told.is_home AND only_area.postcode = told.postcode
    ORDER BY told.key, told.n
    ON CONFLICT (address_key) DO NOTHING
"""  # noqa: S608 - our own
HOUSEHOLDS = "SELECT address_key, id FROM campaigns_household WHERE address_key = ANY(%s)"
HELD = "SELECT customer_id, value FROM campaigns_identifier WHERE kind = 'postal_address' AND customer_id = ANY(%s)"
NEWER = """
    SELECT told.n FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[]) AS told(n, customer, at)
    WHERE EXISTS (
        SELECT 1 FROM campaigns_postalreport r
        WHERE r.customer_id = told.customer AND r.kind = 'moved' AND r.reported_at > told.at)
"""
MOVE = """
    UPDATE campaigns_customer c SET household_id = told.household, updated_at = now()
    FROM unnest(%s::bigint[], %s::bigint[]) AS told(id, household) WHERE c.id = told.id
"""
# The suppression stays with the old address, whoever is told to live there; the person is no longer known by it.
LEAVE = """
    DELETE FROM campaigns_identifier i USING unnest(%s::bigint[], %s::text[]) AS told(customer, key)
    WHERE i.customer_id = told.customer AND i.kind = 'postal_address'
      AND right(i.value, length(told.key) + 1) <> '|' || told.key
"""
# Who wants no advertising wants none at the new address either; that nobody was found at the old one says nothing there.
CARRY = """
    INSERT INTO campaigns_suppression (kind, digest, reason, source)
    SELECT DISTINCT 'postal_address', told.digest, s.reason, 'moved with the person'
    FROM unnest(%s::bigint[], %s::bytea[]) AS told(customer, digest)
    JOIN campaigns_identifier i ON i.customer_id = told.customer AND i.kind = 'postal_address'
    JOIN campaigns_suppression s ON s.digest = i.digest AND s.reason <> 'returned_letter'
    ORDER BY told.digest, s.reason
    ON CONFLICT (digest, reason) DO NOTHING
"""
ARRIVE = """
    INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
    SELECT told.customer, 'postal_address', told.value, told.digest, told.source
    FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[])
        WITH ORDINALITY AS told(customer, value, digest, source, n)
    ORDER BY told.n
    ON CONFLICT (kind, value) DO NOTHING
"""


@dataclass(frozen=True)
class NewAddress:
    """As it was reported; `country` is an ISO 3166 code. Some countries have no postcodes, or are one town."""

    street: str
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class Moved:
    """`is_new`: not told before under this key. `is_applied`: nothing newer was known."""

    is_new: bool
    is_applied: bool = False


@dataclass(frozen=True)
class Move:
    """Somebody lives at another address since `at`. The same `source` and `key` are one move."""

    customer_id: int
    new_address: NewAddress
    at: datetime
    source: str
    key: str


@dataclass(frozen=True)
class _Case(Case):
    """A move, the customer of today, and what is made of it: the address and the identifier there, empty without a name."""

    told: Move
    to: Address
    identifier: str

    @property
    def writing(self) -> tuple[str, ...]:
        return self.to.key, self.to.street, self.to.postcode, self.to.city, self.to.country


def moved(customer_id: int, new_address: NewAddress, **told: Any) -> Moved:
    """One person moved; `told` are the other fields of Move. Raises PostalError."""
    return moved_many([Move(customer_id, new_address, **told)])[0]


@transaction.atomic
def moved_many(moves: Sequence[Move]) -> list[Moved]:
    """The same comes of it as if they were told one by one in this order.

    Raises PostalError naming the part of an address that cannot be one; nothing is changed then. Of two moves of somebody the
    later one counts, in whatever order they are told. What they got until now is still shown with the old address.
    Customers who were erased are left out.
    """
    answers = [Moved(is_new=False)] * len(moves)
    cases = _cases(moves, [_checked(one.new_address) for one in moves])
    for turn in in_turns(_touched(cases)):
        for case, is_applied in _take([cases[position] for position in turn]):
            answers[case.n] = Moved(is_new=True, is_applied=is_applied)
    return answers


def _checked(new: NewAddress) -> Address:
    country = new.country or settings.CUSTOMER_COUNTRY
    try:
        return identity.address(street=new.street, postcode=new.postcode, city=new.city, country=country)
    except IdentityError as error:
        raise PostalError(error.field, error.reason) from error


def _cases(moves: Sequence[Move], addresses: Sequence[Address]) -> list[_Case]:
    today = known.lock({one.customer_id for one in moves})
    people = known.homes(set(today.values()))
    cases = []
    for n, (one, to) in enumerate(zip(moves, addresses, strict=True)):
        if id_ := today.get(one.customer_id):
            cases.append(_Case(n, one, id_, to, _identifier(id_, people[id_], to)))
    return cases


def _identifier(customer_id: int, person: Home, to: Address) -> str:
    return Resident(customer_id, 0, to.key, person.first_name, person.last_name).identifier


def _touched(cases: Sequence[_Case]) -> list[set[Hashable]]:
    """What each move reads or changes: its report, its customer, and the identifiers that somebody leaves.

    Any number may move to one house: the first has the identifier of a name there, and the first writes its address. Only who
    writes it otherwise has to wait.
    """
    left = _left(cases)
    all_left = {value for values in left.values() for value in values}
    writings: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for case in cases:
        writings[case.to.key].add(case.writing)
    touched: list[set[Hashable]] = []
    for case in cases:
        things: set[Hashable] = {case.key, case.customer_id, *left[case.customer_id]}
        things |= {case.identifier} & all_left
        if len(writings[case.to.key]) > 1:
            things.add(("door", case.to.key))
        touched.append(things)
    return touched


def _left(cases: Sequence[_Case]) -> Mapping[int, set[str]]:
    """The identifiers that customers have and, who moves again, will have had meanwhile."""
    left: dict[int, set[str]] = {case.customer_id: set() for case in cases}
    for customer_id, value in sets.about(HELD, left):
        left[customer_id].add(value)
    arrivals: defaultdict[int, list[str]] = defaultdict(list)
    for case in cases:
        arrivals[case.customer_id].append(case.identifier)
    for customer_id, values in arrivals.items():
        if len(values) > 1:
            left[customer_id].update(filter(None, values))
    return left


def _take(cases: Sequence[_Case]) -> list[tuple[_Case, bool]]:
    """Those that touch nothing of each other; returns the new ones, and whether nothing newer was known."""
    homes = known.homes({case.customer_id for case in cases})
    newer = {n for (n,) in sets.run(NEWER, [(case.n, case.customer_id, case.told.at) for case in cases])}
    rows = [
        Row(
            case.customer_id, PostalReport.Kind.MOVED.value, "", homes[case.customer_id].household_id, case.told.at,
            *case.key, is_applied=case.n not in newer,
        )
        for case in cases
    ]  # fmt: skip
    ids = known.record(rows)
    new = [(case, case.n not in newer) for case in cases if case.key in ids]
    _move([case for case, is_applied in new if is_applied])
    return new


def _move(cases: Sequence[_Case]) -> None:
    households = _households(cases)
    named = [(case, identity.digest("postal_address", case.identifier)) for case in cases if case.identifier]
    sets.run(MOVE, [(case.customer_id, households[case.to.key]) for case in cases])
    sets.run(CARRY, [(case.customer_id, digest) for case, digest in named])
    sets.run(LEAVE, [(case.customer_id, case.to.key) for case in cases])
    sets.run(ARRIVE, [(case.customer_id, case.identifier, digest, case.source) for case, digest in named])


def _households(cases: Iterable[_Case]) -> Mapping[str, int]:
    """By their keys, made where they are not there."""
    told = {case.to.key: case.writing for case in reversed(list(cases))}
    there = dict(sets.about(HOUSEHOLDS, told))
    missing = [writing for key, writing in told.items() if key not in there]
    sets.run(MAKE, [(*writing, writing[-1] == settings.CUSTOMER_COUNTRY) for writing in missing])
    return there | dict(sets.about(HOUSEHOLDS, [writing[0] for writing in missing]))
