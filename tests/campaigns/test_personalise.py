"""Placeholders: a small language with nothing to break out of, and what it says about customers."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import personalise, salutation
from campaigns.blocks import ContentError
from tests import builders

SNIPPETS = st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            " first_name ",
            "|",
            "fallback(",
            '"',
            "'",
            "\\",
            ")",
            "<b>",
            "\n",
            "attribute_x",
        ]
    )
    | st.text(max_size=4),
    max_size=12,
).map("".join)


def fill(text: str, **fields: str) -> str:
    return personalise.parse(text).fill(fields)


def test_a_field_stands_where_its_placeholder_was():
    assert fill('Hallo {{ first_name | fallback("du") }}!', first_name="Erika") == "Hallo Erika!"


@pytest.mark.parametrize("fields", [{}, {"first_name": ""}, {"first_name": "  "}, {"first_name": None}])
def test_the_fallback_stands_where_the_field_is_empty(fields):
    assert fill('Hallo {{first_name|fallback("du")}}!', **fields) == "Hallo du!"


def test_an_empty_fallback_must_be_said_too():
    assert fill('{{ title | fallback("") }}') == ""
    with pytest.raises(ContentError, match="title may be empty"):
        personalise.parse("{{ title }}")


def test_attributes_of_customers_can_be_named():
    assert fill('{{ attribute_size | fallback("M") }}', attribute_size="L") == "L"
    with pytest.raises(ContentError, match="may be empty"):
        personalise.parse("{{ attribute_size }}")


def test_a_field_that_is_never_empty_needs_no_fallback():
    assert fill("{{ salutation_line }},", salutation_line="Sehr geehrte Frau Muster") == "Sehr geehrte Frau Muster,"


def test_to_everybody_the_salutation_says_something_neutral():
    assert fill("{{ salutation_line }},", salutation_line="") == "Guten Tag,"


@pytest.mark.parametrize(
    "text",
    [
        "{{ settings.SECRET_KEY }}",
        "{{ first_name.__class__ }}",
        "{{ first_name[0] }}",
        "{{ first_name() }}",
        "{{ first_name | upper }}",
        '{{ first_name | fallback("a") | upper }}',
        "{{ first_name | fallback('a') }}",
        '{{ first_name | fallback("a\\"b") }}',
        '{{ first_name | fallback("{{ city }}") }}',
        "{{ first_name | fallback(„du“) }}",
        "{{ 1 + 1 }}",
        "{{ }}",
        "{{",
        "}}",
        "{% load x %}",
        "{% for x in y %}",
        "{# note #}",
        "{{{ first_name }}}",
        "{{ FIRST_NAME }}",
        "{{ attribute_ }}",
        "{{ unsubscribe_url }}",
        "{{ link }}",
        "{{ language }}",
    ],
)
def test_there_is_no_other_language(text):
    with pytest.raises(ContentError) as caught:
        personalise.parse(text, path="blocks[0].text")
    assert caught.value.path == "blocks[0].text"


@pytest.mark.parametrize("text", ["100 % {sicher}", "a } b { c", "50%", "#1", "{ first_name }"])
def test_other_braces_are_text(text):
    assert fill(text) == text


@given(SNIPPETS)
def test_any_text_is_a_template_or_refused(text):
    try:
        parsed = personalise.parse(text)
    except ContentError:
        return
    filled = parsed.fill({"first_name": "<script>"}, escape=html.escape)
    assert "<" not in filled


@given(SNIPPETS.filter(lambda text: "{" not in text and "}" not in text and "#" not in text and "%" not in text))
def test_a_text_without_placeholders_is_itself(text):
    assert fill(text) == text


@given(st.text())
def test_values_stay_on_one_line_and_keep_their_direction(value):
    filled = fill('{{ first_name | fallback("") }}', first_name=value)
    assert not set(filled) & set("\x00\r\n\t\u2028\u2029\u202e\u2066\ue000\ue001")


def test_values_keep_their_letters():
    name = "Zoë Łukasz 李\u00a0O\u2019Neill"
    assert fill('{{ first_name | fallback("") }}', first_name=name) == name


@given(st.text())
def test_a_value_is_never_a_template(value):
    text = '{{ first_name | fallback("") }}'
    assert fill(text, first_name="{{ last_name }}" + value).startswith("{{ last_name }}")


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
    said = {*personalise.FIELDS, *(f"attribute_{name}" for name in person.attributes)}
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
    never = [name for name, field in personalise.FIELDS.items() if not field.may_be_empty]
    assert all(found[name] for name in never)


def test_the_sample_fills_every_field():
    sample = personalise.sample_fields()
    assert all(sample[name] for name in personalise.FIELDS)


def test_what_comes_out_is_bounded():
    filled = fill('{{ first_name | fallback("") }}', first_name="x" * 100_000)
    assert len(filled) == personalise.LONGEST_VALUE
    assert filled.endswith("…")
    with pytest.raises(ContentError, match="more than 50 placeholders"):
        personalise.parse("{{ customer_number }}" * 51)


@given(st.text(max_size=3000))
def test_no_value_is_longer_than_the_bound(value):
    assert len(personalise.clean(value)) <= personalise.LONGEST_VALUE


def test_every_field_has_a_label_and_an_example():
    assert all(field.label and field.example for field in personalise.FIELDS.values())


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
