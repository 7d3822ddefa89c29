"""Address lines after DIN 5008, and how a person is greeted."""

import pytest

from campaigns.models import Household
from channels.print_mailing import addresses, letters
from tests import builders

pytestmark = pytest.mark.django_db


def of(street="Weg 1", postcode="10115", city="Berlin", country="DE", **fields) -> addresses.Address:
    home = Household.objects.create(
        address_key=f"{street}{country}", street=street, postcode=postcode, city=city, country=country
    )
    person = builders.customer(household=False, **({"first_name": "Erika", "last_name": "Muster"} | fields))
    person.household = home
    person.save()
    return addresses.of_customers([person.pk])[person.pk]


def test_at_home_without_the_country():
    assert of(salutation="frau").lines == ("Frau Erika Muster", "Weg 1", "10115 Berlin")


def test_a_title_stands_before_the_name():
    made = of(salutation="herr", title="Prof. Dr.", first_name="Max")
    assert made.lines[0] == "Herrn Prof. Dr. Max Muster"


@pytest.mark.parametrize(
    ("fields", "language", "greeted"),
    [
        ({"form": "frau"}, "de", "Sehr geehrte Frau Muster"),
        ({"form": "herr", "title": "Prof. Dr."}, "de", "Sehr geehrter Herr Professor Muster"),
        ({"form": ""}, "de", "Guten Tag Erika Muster"),
        ({"form": "frau", "last_name": ""}, "de", "Guten Tag Erika"),
        ({"form": "", "first_name": "", "last_name": ""}, "de", "Sehr geehrte Damen und Herren"),
        ({"form": "frau"}, "en", "Dear Ms Muster"),
        ({"form": "", "first_name": "", "last_name": ""}, "en", "Dear Sir or Madam"),
    ],
)
def test_greetings(fields, language, greeted):
    assert letters.greeting({"first_name": "Erika", "last_name": "Muster"} | fields, language) == greeted


@pytest.mark.parametrize(
    ("country", "postcode", "city", "lines"),
    [
        ("AT", "1010", "Wien", ("Rue 1", "1010 WIEN", "ÖSTERREICH")),
        ("FR", "75001", "Paris", ("Rue 1", "75001 PARIS", "FRANKREICH")),
        ("GB", "SW1A 1AA", "London", ("Rue 1", "LONDON", "SW1A 1AA", "VEREINIGTES KÖNIGREICH")),
        ("XX", "1", "Nowhere", ("Rue 1", "1 Nowhere", "XX")),
    ],
)
def test_abroad_in_the_order_of_that_country(country, postcode, city, lines):
    made = of(street="Rue 1", postcode=postcode, city=city, country=country)
    assert made.lines[1:] == lines


def test_what_is_known_as_attributes_stands_in_its_place():
    made = of(salutation="frau", attributes={"company": "Muster GmbH", "care_of": "Weber", "district": "Mitte"})
    assert made.lines == ("Muster GmbH", "Frau Erika Muster", "c/o Weber", "Mitte", "Weg 1", "10115 Berlin")


def test_the_window_has_six_lines_at_most():
    assert len(of(country="GB", postcode="SW1A 1AA", title="Dr.").lines) <= addresses.LINES


def test_one_query_for_all_and_who_has_no_address_is_left_out(django_assert_num_queries):
    people = [builders.customer(household=True) for _ in range(3)] + [builders.customer()]
    with django_assert_num_queries(1):
        assert addresses.of_customers([one.pk for one in people]).keys() == {one.pk for one in people[:3]}
