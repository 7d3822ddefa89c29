"""Several who have one name at one address: who of them are one person, by what else is known of each. Pure.

Two are told apart by different customer numbers, or by different birthdays. Two e-mail addresses or loyalty cards are no
reason: many have several, and an objection would not reach the second record of a person. Whoever shares a number with
another has been found to be the same person before, so that here it is enough to know that both have one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple


class Traits(NamedTuple):
    """What tells one from another. `is_known`: a customer already; two of those are two."""

    is_known: bool
    has_number: bool
    born_on: date | None


@dataclass(frozen=True)
class Claim:
    """Somebody of this name at this address: a person of the file, or a known customer. `who` is unique."""

    who: int
    traits: Traits


def differ(one: Traits, other: Traits) -> bool:
    """Whether two with these traits are told apart; `one` may be `other`, for two who have the same."""
    if (one.is_known and other.is_known) or (one.has_number and other.has_number):
        return True
    return bool(one.born_on and other.born_on and one.born_on != other.born_on)


def people(claims: Iterable[Claim]) -> tuple[list[list[int]], set[int]]:
    """Who is whom: groups of `who` that are one person each, and those of whom it cannot be said.

    It cannot be said of somebody who fits two that are told apart, unless they are known already; then of those two.
    """
    alike: dict[Traits, list[int]] = defaultdict(list)
    for claim in claims:
        alike[claim.traits].append(claim.who)
    fitting = _fitting(alike)
    torn = {traits for traits, fits in fitting.items() if _are_several(fits, alike)}
    unclear = {traits for traits in torn if not traits.is_known}
    unclear |= {other for traits in torn if traits.is_known for other in fitting[traits]}
    groups = []
    for traits in alike:
        if traits not in unclear:
            groups += _groups(traits, [other for other in fitting[traits] if other not in unclear], alike)
    return groups, {who for traits in unclear for who in alike[traits]}


def _fitting(alike: Iterable[Traits]) -> dict[Traits, list[Traits]]:
    """Of all traits the others that are not told apart from them; with a birthday only a few come into question."""
    by_birthday: dict[date | None, list[Traits]] = defaultdict(list)
    for traits in alike:
        by_birthday[traits.born_on].append(traits)
    fitting = {}
    for traits in alike:
        others = by_birthday[traits.born_on] + by_birthday[None] if traits.born_on else alike
        fitting[traits] = [other for other in others if other != traits and not differ(traits, other)]
    return fitting


def _are_several(fits: list[Traits], alike: dict[Traits, list[int]]) -> bool:
    if any(len(alike[traits]) > 1 and differ(traits, traits) for traits in fits):
        return True
    return any(differ(one, other) for one, other in combinations(fits, 2))


def _groups(traits: Traits, fits: list[Traits], alike: dict[Traits, list[int]]) -> list[list[int]]:
    """Of those with these traits; each group once, with the traits of it that come first."""
    if differ(traits, traits) and len(alike[traits]) > 1:
        return [[who] for who in alike[traits]]
    members = [traits, *fits]
    if traits != min(members, key=lambda one: alike[one][0]):
        return []
    return [[who for one in members for who in alike[one]]]
