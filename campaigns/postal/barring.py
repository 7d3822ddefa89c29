"""Addresses at which people are not reached are not written to again. For print: an address with a name is used by nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from campaigns import consent, identity, sets
from campaigns.consent import Suppressed
from campaigns.models import IdentifierKind, SuppressionReason

from .known import Resident

IDENTIFIERS = """
    SELECT i.value, told.source
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told(customer, key, source)
    JOIN campaigns_identifier i ON i.customer_id = told.customer
    WHERE i.kind = 'postal_address' AND right(i.value, length(told.key) + 1) = '|' || told.key
"""
# Suppressions are found by a customer's identifiers, so whoever has none for their address gets one.
NAMED = """
    INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
    SELECT told.customer, 'postal_address', told.value, told.digest, told.source
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[])
        WITH ORDINALITY AS told(customer, household, key, source, value, digest, n)
    JOIN campaigns_customer c ON c.id = told.customer AND c.household_id = told.household
    WHERE NOT EXISTS (
        SELECT 1 FROM campaigns_identifier i
        WHERE i.customer_id = told.customer AND i.kind = 'postal_address'
          AND right(i.value, length(told.key) + 1) = '|' || told.key)
    ORDER BY told.n
    ON CONFLICT (kind, value) DO NOTHING
"""


class Unreached(NamedTuple):
    """People at an address, which the customer may know from a former record; `source` says so."""

    customer_id: int
    people: Sequence[Resident]
    source: str


def bar(unreached: Sequence[Unreached]) -> None:
    """No letters to these people at these addresses. Of any two no person and no name at an address is the same."""
    _name([(one, told.source) for told in unreached for one in told.people])
    values = [*_names(unreached), *_identifiers(unreached)]
    returned = SuppressionReason.RETURNED_LETTER
    consent.suppress_many(
        Suppressed(IdentifierKind.POSTAL_ADDRESS, value, returned, source) for value, source in values
    )


def _names(unreached: Iterable[Unreached]) -> Iterator[tuple[str, str]]:
    return ((one.identifier, told.source) for told in unreached for one in told.people if one.identifier)


def _identifiers(unreached: Iterable[Unreached]) -> list[tuple[str, str]]:
    """Whatever else these customers have for these addresses."""
    rows = []
    for customer_id, people, source in unreached:
        ids = {customer_id, *(one.customer_id for one in people)}
        rows += [(id_, key, source) for key in {one.address_key for one in people} for id_ in ids]
    return sets.run(IDENTIFIERS, rows)


def _name(people: Sequence[tuple[Resident, str]]) -> None:
    """Of two of one name at one address, as father and son, the other may have the identifier: this one gets another."""
    sets.run(NAMED, [_naming(one, one.identifier, source) for one, source in people if one.identifier])
    namesakes = [(one, source) for one, source in people if one.identifier_of_namesake]
    sets.run(NAMED, [_naming(one, one.identifier_of_namesake, source) for one, source in namesakes])


def _naming(one: Resident, value: str, source: str) -> tuple[int, int, str, str, str, bytes]:
    digest = identity.digest(IdentifierKind.POSTAL_ADDRESS, value)
    return one.customer_id, one.household_id, one.address_key, source, value, digest
