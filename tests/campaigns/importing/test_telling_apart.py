"""Several of one name at one address are one person or several, by what else is known of each; never by a guess."""

from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing.telling_apart import Claim, Traits, differ, people

NOBODY = Traits(is_known=False, has_number=False, born_on=None)
FATHER, SON = date(1950, 1, 2), date(1980, 3, 4)


def of(*traits: dict) -> tuple[list[list[int]], set[int]]:
    groups, unclear = people(Claim(n, NOBODY._replace(**each)) for n, each in enumerate(traits, start=1))
    return sorted(sorted(group) for group in groups), unclear


def test_numbers_and_birthdays_tell_apart():
    for trait in ({"has_number": True}, {"is_known": True}):
        assert of(trait, trait) == ([[1], [2]], set())
    assert of({"born_on": FATHER}, {"born_on": SON}) == ([[1], [2]], set())


def test_one_birthday_does_not_make_one_person_of_two_numbers():
    both = {"born_on": FATHER, "has_number": True}
    assert of(both, both) == ([[1], [2]], set())
    assert of({"born_on": FATHER}, {"born_on": FATHER}) == ([[1, 2]], set())


def test_who_fits_father_and_son_is_neither():
    assert of({"has_number": True}, {"has_number": True}, {}) == ([[1], [2]], {3})
    assert of({"born_on": FATHER}, {"born_on": SON}, {"has_number": True}) == ([[1], [2]], {3})


def test_who_fits_only_one_of_them_is_that_one():
    assert of({"has_number": True, "born_on": FATHER}, {"has_number": True, "born_on": SON}, {"born_on": SON}) == (
        [[1], [2, 3]],
        set(),
    )


def test_of_two_who_might_be_a_known_customer_neither_is():
    assert of({"is_known": True, "has_number": True}, {"born_on": FATHER}, {"born_on": SON}) == ([[1]], {2, 3})


def test_thousands_of_one_name_with_birthdays_are_quickly_told_apart():
    days = [date.fromordinal(700_000 + n) for n in range(5_000)]
    groups, unclear = of(*({"born_on": day} for day in days))
    assert (len(groups), unclear) == (5_000, set())


TRAITS = st.builds(Traits, st.booleans(), st.booleans(), st.sampled_from([None, FATHER, SON]))


@given(st.lists(TRAITS, max_size=7))
def test_any_claims_are_grouped_as_looking_at_every_two_of_them_does(all_traits):
    claims = [Claim(n, traits) for n, traits in enumerate(all_traits)]
    fits = {
        one.who: {two.who for two in claims if two.who != one.who and not differ(one.traits, two.traits)}
        for one in claims
    }
    torn = {
        who
        for who, others in fits.items()
        if any(differ(all_traits[one], all_traits[two]) for one, two in combinations(others, 2))
    }
    known = {who for who in torn if all_traits[who].is_known}
    unclear = (torn - known) | {other for who in known for other in fits[who]}
    groups = {frozenset({who, *fits[who]} - unclear) for who in range(len(claims)) if who not in unclear}
    found, left = people(claims)
    assert {frozenset(group) for group in found} == groups
    assert len(found) == len(groups)
    assert left == unclear
