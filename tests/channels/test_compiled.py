"""Content is laid out once; people are filled into marks."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.blocks import ContentError
from channels.compiled import Marks


def test_what_is_filled_in_is_escaped_for_the_medium():
    marks = Marks(html.escape)
    compiled = marks.compile(f"<p>{marks.slot(lambda fields: fields['name'])}</p>")
    assert compiled.fill({"name": '<b>&"'}) == "<p>&lt;b&gt;&amp;&quot;</p>"


@given(st.lists(st.text()))
def test_every_value_comes_out_where_its_mark_stood(values):
    marks = Marks()
    text = "".join(f"[{marks.slot(lambda fields, n=n: fields[n])}]" for n in range(len(values)))
    filled = marks.compile(text).fill(dict(enumerate(values)))
    assert filled == "".join(f"[{value}]" for value in values)


@pytest.mark.parametrize("damage", ["\ue000", "\ue001", "\ue0001", "\ue000x\ue001"])
def test_a_mark_that_got_damaged_is_an_error(damage):
    with pytest.raises(ContentError):
        Marks().compile(damage)


def test_a_medium_for_everybody_takes_no_field_of_a_person():
    block = {"id": "h", "text": "Nummer {{ customer_number }}"}
    with pytest.raises(ContentError, match=r"h\.text: everybody sees the same here, so customer_number"):
        Marks(is_public=True).text(block, "text")


def test_a_medium_for_everybody_takes_no_personal_coupon():
    with pytest.raises(ContentError, match=r"offer\.coupon: everybody sees the same"):
        Marks(is_public=True).coupon({"id": "offer", "coupon": "personal"})
