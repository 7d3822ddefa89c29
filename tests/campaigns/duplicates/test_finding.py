"""Records of one person are found however they are written, others are not, and what was decided stays decided."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import identity
from campaigns.duplicates import automatic, candidates, clusters, comparing, finding, keys, merging, people
from campaigns.duplicates.chance import Commonness
from campaigns.models import Customer, DuplicatePair, Household, PairState
from steering import tasks
from tests import builders

pytestmark = pytest.mark.django_db
BORN = date(1971, 5, 23)


def person(
    first: str = "Katharina",
    last: str = "Schröder",
    *,
    born: date | None = BORN,
    street: str = "Lindenstraße 5",
    place: tuple[str, str] = ("10115", "Berlin"),
    **fields,
) -> Customer:
    written = {"street": street, "postcode": place[0], "city": place[1]}
    home, _ = Household.objects.get_or_create(address_key=identity.address_key(**written), defaults=written)
    number = f"D{next(builders.number)}"
    return Customer.objects.create(
        customer_number=number, first_name=first, last_name=last, born_on=born, household=home, **fields
    )


def sure() -> list[tuple[int, int]]:
    finding.find()
    return list(DuplicatePair.objects.filter(is_sure=True).values_list("first_id", "second_id"))


@pytest.mark.parametrize(
    "other",
    [
        {"last": "Schroeder"},
        {"last": "Schroder"},
        {"last": "Schrödre"},
        {"first": "Kathi"},
        {"first": "Schröder", "last": "Katharina"},
        {"first": "K."},
        {"street": "Lindenstr. 5"},
        {"street": "Lindnestraße 5"},
        {"street": "Bachweg 912"},
        {"born": None},
        {"born": date(1971, 5, 28)},
        {"title": "Dr."},
        {"first": "Dr. Katharina"},
        {"street": "Lindenstraße 5, Hinterhaus"},
        {"place": ("10151", "Berlin")},
        {"street": "Bachweg 912", "place": ("80331", "München")},
        {"last": "Schröder-Maier"},
        {"first": "Schröder", "last": "Kahtarina"},
        {"first": "Schrödre", "last": "Katharina", "born": None},
        {"first": "Katharina Luise", "last": "Schrödre"},
        {"first": "K. Luise"},
        {"first": "Mme Katharina"},
        {"first": "Lic. iur. Katharina"},
        {"first": "Kahtarina", "last": "Schrödre", "street": "Bachweg 912"},
        {"last": "Maier", "born": BORN},
        {"born": date(1972, 5, 23)},
        {"street": "Lindenstraße 5b"},
        {"street": "Lindenstraße 5/2/14"},
        {"street": "Postfach 1234"},
        {"street": "Postfach 1234", "place": ("10117", "Berlin")},
    ],
    ids=str,
)
def test_one_person_written_differently_is_found(other):
    one, two = person(), person(**other)
    assert sure() == [(one.pk, two.pk)]


@pytest.mark.parametrize(
    "other",
    [
        {"first": "Thomas", "salutation": "herr"},
        {"first": "Susanne"},
        {"born": date(1999, 2, 11)},
        {"first": "Anna", "last": "Weber", "street": "Bachweg 912"},
        {"last": "Wolf", "born": date(1950, 1, 2)},
        {"last": "Wolf", "born": None},
        {"last": "Schröder jun.", "born": None},
        {"first": "Karolina"},
        {"born": None, "street": "Postfach 1234"},
    ],
    ids=str,
)
def test_other_people_are_not_taken_for_one(other):
    person(salutation="frau")
    person(**other)
    assert sure() == []


@pytest.mark.parametrize("street", ["Bachweg 912", "Lindenstraße 51"])
def test_namesakes_without_a_birthday_at_another_door_are_never_sure(street):
    person(born=None)
    person(born=None, street=street)
    assert sure() == []


def test_at_a_door_where_many_live_one_name_is_not_one_person():
    one = person(born=None, street="Postfach 100")
    person(street="Postfach 100")
    assert len(sure()) == 1
    Customer.objects.bulk_create(
        Customer(customer_number=f"B{n}", first_name=f"Vor{n}", last_name=f"Nach{n}", household=one.household)
        for n in range(candidates.MOST_AT_A_DOOR)
    )
    assert sure() == []


def test_in_a_block_of_flats_one_name_without_a_birthday_is_not_one_person():
    one = person()
    person(born=None)
    assert len(sure()) == 1
    Customer.objects.bulk_create(
        Customer(customer_number=f"B{n}", first_name=f"Vor{n}", last_name=f"Nach{n}", household=one.household)
        for n in range(comparing.A_BLOCK)
    )
    assert sure() == []


def test_father_and_son_are_told_apart_by_what_stands_behind_the_name():
    person("Hans", "Schröder sen.", born=None, salutation="herr")
    person("Hans", "Schröder", born=None, salutation="herr")
    assert sure() == []


def test_a_shared_mailbox_does_not_make_one_person_of_a_couple():
    couple = person(salutation="frau"), person("Klaus", salutation="herr")
    for one, provider in zip(couple, ("gmx.example", "web.example"), strict=True):
        builders.identifier(one, "email", f"info@{provider}")
    assert sure() == []


def test_what_was_decided_is_not_asked_again_and_what_is_gone_is_forgotten():
    one, two, three = person(), person(last="Schroeder"), person(last="Schrödre")
    finding.find()
    merging.decide(one.pk, two.pk, PairState.DIFFERENT)
    three.delete()
    finding.find()
    assert [pair.state for pair in DuplicatePair.objects.all()] == [PairState.DIFFERENT]


def test_looking_twice_changes_nothing():
    person()
    person(last="Schroeder")
    first, second = finding.find(), finding.find()
    assert first == second
    assert DuplicatePair.objects.count() == 1


def test_who_hangs_together_is_one_group():
    people_ = [person(), person(last="Schroeder"), person(street="Lindenstr. 5", first="Kathi")]
    finding.find()
    assert set(DuplicatePair.objects.values_list("cluster", flat=True)) == {people_[0].pk}


def test_a_merged_customer_is_not_looked_at():
    one, two = person(), person(last="Schroeder")
    merging.merge(one.pk, two.pk)
    assert finding.find().customers == 1


def test_sure_ones_are_merged_only_where_the_platform_is_told_so(settings):
    one, two = person(), person(last="Schroeder")
    finding.find()
    assert automatic.merge_sure() == 0
    settings.MERGE_SURE_DUPLICATES = True
    assert automatic.merge_sure() == 1
    two.refresh_from_db()
    assert two.merged_into == one


def test_a_worker_looks_once_a_week():
    person()
    person(last="Schroeder")
    tasks.look_for_duplicates()
    assert DuplicatePair.objects.count() == 1
    DuplicatePair.objects.all().delete()
    tasks.look_for_duplicates()
    assert not DuplicatePair.objects.exists()


def test_a_key_that_too_many_share_makes_no_pairs(monkeypatch):
    monkeypatch.setattr(candidates, "MEETING", candidates.MEETING.replace("AND 60", "AND 1"))
    person()
    person()
    assert finding.find().candidates == 0


def test_clusters_are_those_of_a_walk_over_all_pairs():
    first, second = np.array([1, 2, 10, 11]), np.array([2, 3, 11, 12])
    assert clusters.of_pairs(first, second).tolist() == [1, 1, 10, 10]
    assert clusters.of_pairs(first[:0], second[:0]).tolist() == []


WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=12)


@given(WORDS, WORDS, WORDS, st.dates(date(1900, 1, 1), date(2020, 1, 1)) | st.none())
def test_any_names_can_be_compared_and_nobody_is_told_from_themselves(first, last, street, born):
    row = (1, "frau", first, last, born, street, "10115", "Berlin", 1, "a@b.example", "")
    one = people.person(row)
    assert list(keys.keys(one)) == list(keys.keys(people.person(row)))
    values = tuple(one.__dict__.values())
    features = comparing.compared([values + values], Commonness(10, {}, {}, {}, {}))
    assert not features[
        0, [comparing.FEATURES.index(name) for name in ("born_differs", "sex_differs", "first_differs")]
    ].any()
