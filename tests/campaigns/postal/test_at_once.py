"""Reports of the same people at the same moment, or of people who are merged meanwhile."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import postal
from campaigns.duplicates import merging
from campaigns.models import Customer, Household, PostalReport, Suppression
from campaigns.postal import Move, Moved, NewAddress, Return, known
from tests import builders
from tests.at_once import elsewhere, wait_until_it_waits

pytestmark = pytest.mark.django_db(transaction=True)
NEW = NewAddress("Neue Straße 5 a", "20095", "Hamburg")


@pytest.fixture
def people() -> list[Customer]:
    return [builders.customer(household=True, email=None) for _ in range(2)]


def returns(people: list[Customer]) -> list[Return]:
    return [Return(one.pk, "unknown", timezone.now(), "press", f"item {one.pk}") for one in people]


def moves(people: list[Customer]) -> list[Move]:
    return [Move(one.pk, NEW, timezone.now(), "press", f"item {one.pk}") for one in people]


@pytest.fixture(params=[(postal.returned_many, returns), (postal.moved_many, moves)], ids=["returned", "moved"])
def telling(request) -> Iterator[tuple]:
    return request.param


def test_nobody_is_held_by_who_waits_for_somebody_with_a_lower_number(people, telling):
    tell, reports = telling
    with transaction.atomic():
        known.lock([people[0].pk])
        told = elsewhere(lambda: tell(reports(people[::-1])))
        wait_until_it_waits()
        known.lock([people[1].pk])  # would wait for ever
    assert all(told.result(30))


def test_the_same_told_by_two_at_once_is_one(people, telling):
    tell, reports = telling
    with transaction.atomic():
        first = tell(reports(people))
        again = elsewhere(lambda: tell(reports(people)))
        wait_until_it_waits()
    assert again.result(30) in ([False, False], [Moved(is_new=False)] * 2)
    assert (all(first), PostalReport.objects.count()) == (True, 2)


def test_who_is_merged_meanwhile_is_told_of_as_who_they_turned_out_to_be(people, telling):
    kept, other = people
    tell, reports = telling
    with transaction.atomic():
        merging.merge(kept.pk, other.pk)
        told = elsewhere(lambda: tell(reports([other])))
        wait_until_it_waits()
    assert all(told.result(30))
    assert PostalReport.objects.get().customer == kept


def test_who_is_erased_meanwhile_is_left_out(people, telling):
    gone, other = people
    tell, reports = telling
    with transaction.atomic():
        told = reports(people)
        gone.delete()
        answer = elsewhere(lambda: tell(told))
        wait_until_it_waits()
    assert [bool(getattr(one, "is_new", one)) for one in answer.result(30)] == [False, True]
    assert PostalReport.objects.get().customer == other


def test_a_house_that_two_make_at_once_is_one(people):
    with transaction.atomic():
        postal.moved_many(moves(people[:1]))
        other = elsewhere(lambda: postal.moved_many(moves(people[1:])))
        wait_until_it_waits()
    assert other.result(30) == [Moved(is_new=True, is_applied=True)]
    assert Household.objects.get(address_key="de|20095|hamburg|neue str 5a").customers.count() == 2
    assert not Suppression.objects.exists()
