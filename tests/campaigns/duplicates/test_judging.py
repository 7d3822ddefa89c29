"""How common a name is tells a slip from another name, and a person from a namesake."""

from datetime import date

import pytest

from campaigns.duplicates import comparing, judging, people
from campaigns.duplicates.comparing import Commonness

BORN = date(1971, 5, 23)


def probability(one: dict, other: dict, common: Commonness) -> float:
    rows = [tuple(person(**fields).__dict__.values()) for fields in (one, other)]
    return float(judging.judge(comparing.compared([rows[0] + rows[1]], common)).probability[0])


def person(
    *, first: str = "Anna", last: str = "Muster", born: date | None = None, street: str = "Weg 1", home: int = 1
):
    return people.person((1, "", first, last, born, street, "10115", "Berlin", home, "", ""))


def in_a_file(customers: int = 100_000, **names: int) -> Commonness:
    every = dict(names)
    return Commonness(customers, every, every, {}, {"berlin": customers // 10})


ELSEWHERE = {"street": "Bachgasse 9", "home": 2}


def test_namesakes_in_one_town_are_the_less_likely_one_person_the_more_are_called_so():
    rare, common = in_a_file(anna=10, muster=10), in_a_file(anna=2_000, muster=2_000)
    assert probability({}, ELSEWHERE, rare) > 0.5 > probability({}, ELSEWHERE, common)


def test_the_more_customers_there_are_the_less_a_common_name_and_a_birthday_tell():
    of_one_day = {"born": BORN}
    small, large = (in_a_file(n, anna=n // 50, muster=n // 50) for n in (20_000, 5_000_000))
    one, other = of_one_day, of_one_day | ELSEWHERE
    assert probability(one, other, small) > probability(one, other, large)


def test_a_slip_of_a_name_is_likelier_one_person_than_two_names_that_many_have():
    one, other = {"first": "Martina"}, {"first": "Martine"}
    slip = in_a_file(martina=2_000, martine=1)
    two_names = in_a_file(martina=2_000, martine=2_000)
    assert probability(one, other, slip) > probability(one, other, two_names)


def test_a_birthday_that_stands_in_many_records_tells_less_than_another():
    one, other = {"born": BORN}, {"born": BORN} | ELSEWHERE
    names = {"anna": 2_000, "muster": 2_000}
    usual = Commonness(1_000_000, names, names, {}, {})
    made_up = Commonness(1_000_000, names, names, {"19710523": 50_000}, {})
    assert probability(one, other, made_up) < probability(one, other, usual)


@pytest.mark.parametrize("name", ["first_both_known", "last_both_known", "by_chance"])
def test_figures_are_not_told_as_evidence(name):
    assert name in judging.UNTOLD
