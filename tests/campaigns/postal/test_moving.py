"""People who moved: their household, what barred the old address, and what they got before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import identity, postal
from campaigns.models import Customer, Household, Identifier, PostalReport, Suppression
from campaigns.postal import NewAddress
from tests import builders

pytestmark = pytest.mark.django_db
NEW = NewAddress("Neue Straße 5 a", "20095", "Hamburg")


@pytest.fixture
def person() -> Customer:
    made = builders.customer(household=True)
    builders.identifier(made, "postal_address", f"erika muster|{made.household.address_key}")
    return made


def move(of: Customer, to: NewAddress = NEW, *, key: str = "1", days_ago: int = 0) -> postal.Moved:
    return postal.moved(of.pk, to, at=timezone.now() - timedelta(days=days_ago), source="press", key=key)


def test_they_live_in_the_household_of_the_new_address(person):
    assert move(person) == postal.Moved(is_new=True, is_applied=True)
    person.refresh_from_db()
    assert person.household.address_key == "de|20095|hamburg|neue str 5a"


def test_they_join_a_household_that_is_there(person):
    there = Household.objects.create(
        address_key="de|20095|hamburg|neue str 5a", street="Neue Str. 5a", postcode="20095", city="Hamburg"
    )
    move(person)
    person.refresh_from_db()
    assert person.household == there


def test_the_only_area_of_the_postcode_is_theirs(person):
    area = builders.area(postcode="20095", place="Hamburg")
    move(person)
    person.refresh_from_db()
    assert person.household.delivery_area == area


def test_what_barred_the_old_address_bars_this_person_no_longer_and_others_still(person):
    postal.returned(person.pk, reason="moved", at=timezone.now(), source="press", key="r")
    move(person)
    known = Identifier.objects.filter(customer=person, kind="postal_address")
    assert [one.value for one in known] == ["erika muster|de|20095|hamburg|neue str 5a"]
    assert not Suppression.objects.filter(digest__in=[one.digest for one in known]).exists()
    assert Suppression.objects.count() == 1


def test_who_is_on_an_opt_out_list_takes_that_along(person):
    digest = person.identifiers.get(kind="postal_address").digest
    Suppression.objects.create(kind="postal_address", digest=digest, reason="opt_out_list", source="list")
    move(person)
    new = Identifier.objects.get(customer=person, kind="postal_address")
    assert Suppression.objects.filter(digest=new.digest, reason="opt_out_list").exists()


def test_of_two_moves_the_later_one_counts_whichever_is_told_first(person):
    move(person, key="late")
    assert move(person, NewAddress("Alter Weg 1", "50667", "Köln"), key="early", days_ago=30).is_applied is False
    person.refresh_from_db()
    assert person.household.city == "Hamburg"
    assert PostalReport.objects.filter(is_applied=False).count() == 1


def test_told_twice_it_is_one_move(person):
    move(person)
    assert move(person, NewAddress("Alter Weg 1", "50667", "Köln")) == postal.Moved(is_new=False)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (NewAddress("", "20095", "Hamburg"), "street is missing"),
        (NewAddress("Weg 1", "2009", "Hamburg"), "postcode is not a postcode of this country"),
        (NewAddress("Weg 1", "20095", ""), "city is missing"),
        (NewAddress("Weg 1", "20095", "Hamburg", "XX"), "country is not a country code"),
    ],
)
def test_a_bad_address_is_refused_by_its_part_and_changes_nothing(person, to, said):
    with pytest.raises(postal.PostalError, match=said):
        move(person, to)
    assert not PostalReport.objects.exists()


def test_somebody_who_was_merged_moves_as_who_they_turned_out_to_be(person):
    other = builders.customer(merged_into=person)
    move(other)
    person.refresh_from_db()
    assert person.household.city == "Hamburg"


def test_the_identifier_is_that_of_an_import(person):
    move(person)
    value = Identifier.objects.get(customer=person, kind="postal_address").value
    assert value == identity.normalise("postal_address", "Erika Muster|DE|20095|Hamburg|Neue Straße 5 a")
