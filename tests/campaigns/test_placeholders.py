"""Placeholders: a small language with nothing to break out of."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import placeholders
from campaigns.blocks import ContentError

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
    return placeholders.parse(text).fill(fields)


def test_a_field_stands_where_its_placeholder_was():
    assert fill('Hallo {{ first_name | fallback("du") }}!', first_name="Erika") == "Hallo Erika!"


@pytest.mark.parametrize("fields", [{}, {"first_name": ""}, {"first_name": "  "}, {"first_name": None}])
def test_the_fallback_stands_where_the_field_is_empty(fields):
    assert fill('Hallo {{first_name|fallback("du")}}!', **fields) == "Hallo du!"


def test_an_empty_fallback_must_be_said_too():
    assert fill('{{ title | fallback("") }}') == ""
    with pytest.raises(ContentError, match="title may be empty"):
        placeholders.parse("{{ title }}")


def test_attributes_of_customers_can_be_named():
    assert fill('{{ attribute_size | fallback("M") }}', attribute_size="L") == "L"
    with pytest.raises(ContentError, match="may be empty"):
        placeholders.parse("{{ attribute_size }}")


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
        placeholders.parse(text, path="blocks[0].text")
    assert caught.value.path == "blocks[0].text"


@pytest.mark.parametrize("text", ["100 % {sicher}", "a } b { c", "50%", "#1", "{ first_name }"])
def test_other_braces_are_text(text):
    assert fill(text) == text


@given(SNIPPETS)
def test_any_text_is_a_template_or_refused(text):
    try:
        parsed = placeholders.parse(text)
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


def test_what_comes_out_is_bounded():
    filled = fill('{{ first_name | fallback("") }}', first_name="x" * 100_000)
    assert len(filled) == placeholders.LONGEST_VALUE
    assert filled.endswith("…")
    with pytest.raises(ContentError, match="more than 50 placeholders"):
        placeholders.parse("{{ customer_number }}" * 51)


@given(st.text(max_size=3000))
def test_no_value_is_longer_than_the_bound(value):
    assert len(placeholders.clean(value)) <= placeholders.LONGEST_VALUE


def test_every_field_has_a_label_and_an_example():
    assert all(field.label and field.example for field in placeholders.FIELDS.values())
