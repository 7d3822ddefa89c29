"""What a delivery area is known by: how many customers live there and in the same place, and how old its households are."""

from datetime import date

import pytest

from campaigns import neighbourhoods
from campaigns.models import Customer, DeliveryArea
from tests import builders

pytestmark = pytest.mark.django_db


def known(area: DeliveryArea) -> tuple:
    area.refresh_from_db()
    return area.customers, area.customers_in_place, area.mean_born_on


def person(born_on: date | None, *, with_: Customer | None = None) -> Customer:
    """Alone in a household, or in that of somebody else."""
    if with_ is None:
        return builders.customer(household=True, born_on=born_on)
    return builders.customer(household_id=with_.household_id, born_on=born_on)


def test_the_oldest_of_each_household_counts_for_its_age():
    parent = person(date(1960, 1, 1))
    child = person(date(1995, 6, 1), with_=parent)
    alone = person(date(1960, 1, 11))
    area = builders.area(parent, child, alone)
    neighbourhoods.refresh()
    assert known(area) == (3, 3, date(1960, 1, 6))


def test_areas_of_one_place_are_counted_together_and_places_of_one_name_apart():
    here, there, elsewhere = (
        builders.area(person(date(1970, 1, 1)), region=region) for region in ("Berlin", "Berlin", "Hessen")
    )
    neighbourhoods.refresh()
    assert [known(area)[1] for area in (here, there, elsewhere)] == [2, 2, 1]


def test_an_area_without_customers_or_birthdays_has_no_age():
    nobody, unknown = builders.area(place="Ulm"), builders.area(person(None), place="Bonn")
    neighbourhoods.refresh()
    assert known(nobody) == (0, 0, None)
    assert known(unknown) == (1, 1, None)


def test_what_has_not_changed_is_not_written_again():
    builders.area(person(date(1970, 1, 1)))
    assert neighbourhoods.refresh() == 1
    assert neighbourhoods.refresh() == 0
