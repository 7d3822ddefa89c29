"""Links are marked by a convention, and keep what they have."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from campaigns import link_marks

VALUES = {"channel": "email", "campaign": "7", "campaign_name": "herbst", "wave": "2", "content": "3", "block": "shop"}
CONVENTION = "utm_source=news&utm_medium={channel}&utm_campaign={campaign_name}-{wave}&utm_content={block}"


@pytest.mark.parametrize(
    ("url", "marked"),
    [
        ("https://x.de", "https://x.de?utm_source=news&utm_medium=email&utm_campaign=herbst-2&utm_content=shop"),
        ("https://x.de/a?utm_source=own", "https://x.de/a?utm_medium=email&utm_campaign=herbst-2&utm_content=shop&utm_source=own"),
        ("https://x.de/?a=1&a=2&b#part", "https://x.de/?utm_source=news&utm_medium=email&utm_campaign=herbst-2&utm_content=shop&a=1&a=2&b#part"),
        ("https://x.de/?utm_source=", "https://x.de/?utm_medium=email&utm_campaign=herbst-2&utm_content=shop&utm_source="),
    ],
)  # fmt: skip
def test_marks_are_added_and_nothing_is_overwritten(url, marked):
    assert link_marks.marked(url, CONVENTION, VALUES) == marked


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "utm_source", "ä", "x y"]), st.text(max_size=8)), max_size=5))
def test_whatever_a_link_has_stays_in_its_place(pairs):
    query = urlencode(pairs)
    made = urlsplit(link_marks.marked(f"https://x.de/?{query}", CONVENTION, VALUES)).query
    assert made.endswith(query)
    own = [
        pair
        for pair in parse_qsl(made, keep_blank_values=True)
        if pair[0] not in ("utm_medium", "utm_campaign", "utm_content")
    ]
    assert own[-len(pairs) :] == parse_qsl(query, keep_blank_values=True) if pairs else own == [("utm_source", "news")]


def test_a_value_cannot_break_out():
    made = link_marks.marked("https://x.de", "utm_campaign={campaign_name}", {"campaign_name": "a&b=c#d"})
    assert parse_qs(urlsplit(made).query) == {"utm_campaign": ["a&b=c#d"]}


@pytest.mark.parametrize("convention", [CONVENTION, "mtm_campaign={campaign}", "utm_source=news"])
def test_a_sound_convention_is_taken(convention):
    link_marks.validate(convention)


@pytest.mark.parametrize(
    ("convention", "reason"),
    [
        ("news", "says nothing"),
        ("utm_source=news&", "must be like"),
        (" utm_source=news", "must be like"),
        ("utm_source=", "says nothing"),
        ("utm_source={customer}", "there is no {customer}"),
        ("utm_source={", "not closed"),
        ("utm source=1", "small letters"),
        ("utm_source=1&utm_source=2", "twice"),
        ("&".join(f"a{n}=1" for n in range(11)), "at most 10"),
    ],
)
def test_what_is_wrong_with_a_convention_is_said(convention, reason):
    with pytest.raises(ValidationError, match=reason):
        link_marks.validate(convention)


def test_a_name_reads_well_in_a_link():
    assert link_marks.name_in_links("Größer & schöner: 20 %!") == "groesser-schoener-20"
