"""How common a name is tells a slip from another name, and a person from a namesake."""

from datetime import date

import numpy as np
import pytest

from campaigns.duplicates import comparing, judging, learning, people
from campaigns.duplicates.chance import Commonness

BORN = date(1971, 5, 23)


def probability(one: dict, other: dict, common: Commonness) -> float:
    rows = [tuple(person(**fields).__dict__.values()) for fields in (one, other)]
    return float(judging.judge(comparing.compared([rows[0] + rows[1]], common)).probability[0])


def person(
    *, first: str = "Anna", last: str = "Muster", born: date | None = None, street: str = "Weg 1", home: int = 1,
    email: str = "",
):  # fmt: skip
    return people.person((1, "", first, last, born, street, "10115", "Berlin", home, email, ""))


def in_a_file(customers: int = 100_000, **names: int) -> Commonness:
    every = dict(names)
    place = customers // 10
    return Commonness(customers, every, every, {"19710523": customers // 20_000}, {"berlin": place}, {"10115": place})


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


def test_a_shared_mailbox_tells_less_than_a_mailbox_of_ones_own():
    of_info = {"last": "Muster", "email": "info"}
    names = {"anna": 2_000, "muster": 2_000}
    own, shared = (Commonness(100_000, names, names, {}, {}, {}, emails) for emails in ({}, {"info": 5_000}))
    one, other = of_info, of_info | ELSEWHERE | {"first": "A."}
    assert probability(one, other, shared) < probability(one, other, own)


def test_no_difference_speaks_for_one_person():
    assert all(weight <= 0 for weight in judging.weights()["weights"].values())


def test_what_is_learned_does_not_depend_on_the_order_of_the_pairs():
    rng = np.random.default_rng(1)
    features = (rng.random((400, len(comparing.FEATURES))) < 0.2).astype(np.float32)
    is_same = rng.random(400) < 0.3
    turned = learning.fit(features[::-1], is_same[::-1])
    assert np.allclose(learning.fit(features, is_same), turned, atol=1e-3)


@pytest.mark.parametrize("name", ["by_chance", "many_at_door", "nothing_but_first"])
def test_figures_are_not_told_as_evidence(name):
    assert name in judging.UNTOLD
