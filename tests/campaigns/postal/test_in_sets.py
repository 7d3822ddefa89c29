"""Any number of reports at once leave everything as if they had been told one by one in their order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import postal
from campaigns.models import Customer, Household, Identifier, Objection, PostalReport, Suppression
from campaigns.postal import Move, Moved, NewAddress, Return
from tests import builders
from tests.campaigns.postal import worlds
from tests.campaigns.postal.worlds import NOW, World

pytestmark = pytest.mark.django_db
SOME = settings(max_examples=40)
NEW = NewAddress("Neue Straße 5 a", "20095", "Hamburg")


@pytest.fixture
def world() -> World:
    return worlds.build()


@given(data=st.data())
@SOME
def test_returns_at_once_are_returns_one_by_one(world, data):
    told = data.draw(st.lists(worlds.returns(world), max_size=8))
    at_once = worlds.after(lambda: postal.returned_many(told))
    assert at_once == worlds.after(lambda: [answer for one in told for answer in postal.returned_many([one])])


@given(data=st.data())
@SOME
def test_moves_at_once_are_moves_one_by_one(world, data):
    told = data.draw(st.lists(worlds.moves(world), max_size=8))
    at_once = worlds.after(lambda: postal.moved_many(told))
    assert at_once == worlds.after(lambda: [answer for one in told for answer in postal.moved_many([one])])


@pytest.fixture
def couple() -> list[Customer]:
    home = Household.objects.create(
        address_key="de|10115|berlin|weg 1", street="Weg 1", postcode="10115", city="Berlin"
    )
    made = [builders.customer(first_name=name, email=None) for name in ("Erika", "Max")]
    Customer.objects.update(household=home)
    for one in made:
        builders.identifier(one, "postal_address", f"{one.first_name.lower()} muster|{home.address_key}")
    return made


def back(of: Customer, key: str, reason: str = "unknown", **fields) -> Return:
    return Return(of.pk, **({"reason": reason, "at": NOW, "source": "press", "key": key} | fields))


def test_nothing_told_is_nothing_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        postal.barring.bar([])
    assert (postal.returned_many([]), postal.moved_many([])) == ([], [])


def test_the_same_return_twice_in_one_report_is_one(couple):
    one, other = couple
    assert postal.returned_many([back(one, "1"), back(other, "2"), back(one, "1", "refused")]) == [True, True, False]
    assert not Objection.objects.exists()


def test_the_second_letter_that_is_not_collected_may_be_in_the_same_report(couple):
    one, other = couple
    postal.returned_many([back(who, str(n), "not_collected") for n, who in enumerate((one, other, one))])
    barred = Suppression.objects.values_list("digest", flat=True)
    assert list(map(bytes, barred)) == [bytes(one.identifiers.get().digest)]


def test_two_of_a_household_refuse_each_for_themselves(couple):
    postal.returned_many([back(one, str(one.pk), "refused") for one in couple])
    assert set(Objection.objects.values_list("customer", flat=True)) == {one.pk for one in couple}


def test_a_house_that_is_not_there_is_told_by_two_of_its_people(couple):
    postal.returned_many([back(one, str(one.pk), "no_such_number") for one in couple])
    assert (PostalReport.objects.count(), Suppression.objects.count()) == (2, 2)


def test_one_reason_that_is_none_records_nothing(couple):
    one, other = couple
    with pytest.raises(postal.PostalError, match="reason must be one of"):
        postal.returned_many([back(one, "1"), back(other, "2", "gone fishing")])
    assert not PostalReport.objects.exists()


def test_one_address_that_is_none_moves_nobody(couple):
    one, other = couple
    bad = NewAddress("Weg 1", "2009", "Hamburg")
    with pytest.raises(postal.PostalError, match="postcode is not a postcode"):
        postal.moved_many([Move(one.pk, NEW, NOW, "press", "1"), Move(other.pk, bad, NOW, "press", "2")])
    assert not PostalReport.objects.exists()


def test_a_couple_moves_to_one_house_as_the_first_wrote_it(couple):
    written = [NewAddress("Neue Str. 5A", "20095", "Hamburg"), NEW]
    moves = [Move(one.pk, to, NOW, "press", str(one.pk)) for one, to in zip(couple, written, strict=True)]
    assert postal.moved_many(moves) == [Moved(is_new=True, is_applied=True)] * 2
    assert set(Customer.objects.values_list("household__street", flat=True)) == {"Neue Str. 5A"}


def test_of_two_of_one_name_the_first_to_arrive_has_the_identifier(couple):
    Customer.objects.update(first_name="Erika")
    postal.moved_many([Move(one.pk, NEW, NOW, "press", str(one.pk)) for one in reversed(couple)])
    there = Identifier.objects.get(value="erika muster|de|20095|hamburg|neue str 5a")
    assert (there.customer_id, Identifier.objects.count()) == (couple[1].pk, 1)


def test_any_number_takes_as_many_questions(django_assert_max_num_queries):
    people = [builders.customer(household=True, email=None) for _ in range(20)]
    with django_assert_max_num_queries(20):
        postal.returned_many([back(one, str(one.pk), postal.CODES[n % 12]) for n, one in enumerate(people)])
    with django_assert_max_num_queries(20):
        postal.moved_many([Move(one.pk, NEW, NOW, "press", f"m{one.pk}") for one in people])


@pytest.mark.parametrize("street", ['Weg "1", {2}', "Weg \\1", "NULL", "Weg 'x' 1", "Straße des 17. Juni 1"])
def test_whatever_is_written_arrives_as_it_was(couple, street):
    one, other = couple
    told = f"{street}, as told"
    postal.moved_many([Move(one.pk, NewAddress(street, "20095", "Hamburg"), NOW, told, "1")])
    postal.returned_many([back(other, "2", "refused", source=told)])
    one.refresh_from_db()
    assert one.household.street == street
    assert set(PostalReport.objects.values_list("source", flat=True)) == {told}
    assert Objection.objects.get().source == told
