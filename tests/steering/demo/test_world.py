"""The truth's people and the database's are the same people."""

import pytest

from steering.demo.errors import DemoError
from steering.demo.world import COLUMN, meet
from steering.population.truth import NO_CONTACT
from tests import builders

from . import worlds

pytestmark = pytest.mark.django_db


def test_rows_are_found_by_the_database_id_whatever_its_order() -> None:
    late, early = builders.customer(customer_number="B"), builders.customer(customer_number="A")
    world = worlds.world([late, early])
    assert world.rows([late.pk, early.pk, late.pk]).tolist() == [1, 0, 1]


def test_whoever_gets_nothing_has_no_contact() -> None:
    people = [builders.customer(customer_number=number) for number in "AB"]
    choice = worlds.world(people).choice({people[1].pk: "social"})
    assert choice.tolist() == [NO_CONTACT, COLUMN["social"]]


def test_a_customer_of_whom_no_truth_is_known_is_noticed() -> None:
    world = worlds.world([builders.customer()])
    with pytest.raises(DemoError, match="1 customers of the database are not of the demo's population"):
        world.rows([builders.customer().pk])


def test_a_truth_about_somebody_who_is_not_in_the_database_is_noticed() -> None:
    person = builders.customer()
    truth = worlds.world([person]).truth
    person.delete()
    with pytest.raises(DemoError, match="1 customers of a test are not in the database"):
        meet(truth, data="a test")
