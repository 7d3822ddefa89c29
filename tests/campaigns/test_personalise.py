"""What texts may say about customers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import personalise, placeholders, salutation
from tests import builders


@pytest.mark.parametrize(
    ("form", "title", "first", "last", "language", "said"),
    [
        ("frau", "", "Anna", "Weber", "de", "Sehr geehrte Frau Weber"),
        ("frau", "Dr.", "Anna", "Weber", "de", "Sehr geehrte Frau Dr. Weber"),
        ("herr", "Prof. Dr.", "Jan", "Weber", "de", "Sehr geehrter Herr Professor Weber"),
        ("herr", "", "Jan", "", "de", "Guten Tag Jan"),
        ("", "", "Kim", "Weber", "de", "Guten Tag Kim Weber"),
        ("", "Dr.", "", "Weber", "de", "Guten Tag Dr. Weber"),
        ("", "", "", "", "de", "Guten Tag"),
        ("frau", "", "", "", "de", "Guten Tag"),
        ("frau", "", "Anna", "Weber", "en", "Dear Ms Weber"),
        ("frau", "Dr.", "Anna", "Weber", "en-GB", "Dear Dr. Weber"),
        ("herr", "", "Jan", "Weber", "en", "Dear Mr Weber"),
        ("", "", "Kim", "Weber", "en", "Dear Kim Weber"),
        ("", "", "", "", "en", "Hello"),
        ("herr", "", "Jan", "Weber", "fr", "Sehr geehrter Herr Weber"),
    ],
)
def test_salutations(form, title, first, last, language, said):
    assert salutation.line(form, title=title, first_name=first, last_name=last, language=language) == said


@given(
    st.sampled_from(["", "frau", "herr"]), st.text(max_size=5), st.text(max_size=5), st.sampled_from(["de", "en", ""])
)
def test_a_salutation_is_never_empty(form, first, last, language):
    assert salutation.line(form, first_name=first, last_name=last, language=language)


@pytest.mark.django_db
def test_the_fields_of_many_customers_take_one_query(django_assert_num_queries):
    people = [builders.customer(household=True) for _ in range(5)]
    with django_assert_num_queries(1):
        found = personalise.fields_for([person.pk for person in people])
    assert found.keys() == {person.pk for person in people}


@pytest.mark.django_db
def test_the_fields_of_a_customer():
    person = builders.customer(
        salutation="frau",
        title="Dr.",
        first_name="Anna",
        last_name="Weber",
        customer_number="K-1",
        region="Bayern",
        household=True,
        customer_since_on="2014-05-01",
        attributes={"size": "L", "points": 1234567.5, "vip": True, "hobbies": ["Garten", 7], "none": None},
    )
    found = personalise.fields_for([person.pk])[person.pk]
    said = {*placeholders.FIELDS, *(f"attribute_{name}" for name in person.attributes)}
    assert found.keys() == said | {"language", "form", "journey_stage", "attributes"}
    assert found["salutation_line"] == "Sehr geehrte Frau Dr. Weber"
    assert (found["salutation"], found["full_name"]) == ("Frau", "Dr. Anna Weber")
    assert (found["city"], found["postcode"], found["region"]) == ("Berlin", "10115", "Bayern")
    assert (found["customer_number"], found["customer_since_year"]) == ("K-1", "2014")
    assert (found["attribute_size"], found["attribute_points"]) == ("L", "1234567.5")
    assert found["attribute_hobbies"] == "Garten, 7"
    assert found["attribute_vip"] == found["attribute_none"] == ""


@pytest.mark.django_db
def test_of_a_customer_about_whom_nothing_is_known_the_fields_that_are_never_empty_are_not():
    person = builders.customer(first_name="", last_name="")
    found = personalise.fields_for([person.pk])[person.pk]
    never = [name for name, field in placeholders.FIELDS.items() if not field.may_be_empty]
    assert all(found[name] for name in never)


def test_the_sample_fills_every_field():
    sample = personalise.sample_fields()
    assert all(sample[name] for name in placeholders.FIELDS)


@pytest.mark.django_db
def test_examples_are_the_longest_name_missing_everything_somebody_and_whom_one_looks_for():
    short = builders.customer(last_name="Ott", region="Bayern", salutation="frau")
    long = builders.customer(last_name="Oberhauser-Lindner", title="Prof. Dr.", region="Bayern")
    nobody = builders.customer(first_name="", last_name="")
    assert personalise.examples("longest")[0].customer_id == long.pk
    assert personalise.examples("longest")[0].name == "Prof. Dr. Erika Oberhauser-Lindner"
    assert personalise.examples("missing")[0].customer_id == nobody.pk
    assert personalise.examples("random", most=1)[0].customer_id in {short.pk, long.pk, nobody.pk}
    assert [one.customer_id for one in personalise.examples("search", text="Ott")] == [short.pk]
    assert personalise.examples("search", text="") == []
    with pytest.raises(ValueError, match="must be one of random, longest, missing, search"):
        personalise.examples("shortest")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["random", "longest", "missing", "search"])
def test_without_customers_there_are_no_examples(kind):
    assert personalise.examples(kind, text="x") == []
