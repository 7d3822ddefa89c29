"""Banners in three sizes: one link, everything inside, and texts that fit."""

import pytest

from campaigns.blocks import ContentError
from channels.banner.render import render
from tests import builders

SIZES = ("300x250", "728x90", "160x600")


def with_headline(text: str) -> list[dict]:
    return [{"id": "h", "type": "headline", "text": text}]


def pages(content=None, **fields) -> dict[str, str]:
    return {
        name: str(part)
        for name, part in render(content or builders.content_blocks(), builders.message_fields(**fields)).parts.items()
    }


def test_there_is_a_creative_for_every_size():
    assert pages().keys() == {f"html_{size}" for size in SIZES}


def test_all_of_it_is_one_link_to_where_the_call_to_action_leads():
    for page in pages().values():
        assert page.count("<a ") == 1
        assert 'href="https://steering.example.com/t/c/shop"' in page


def test_without_a_call_to_action_it_leads_to_the_messages_own_link():
    for page in pages(with_headline("Neu")).values():
        assert 'href="https://steering.example.com/r/token"' in page


def test_it_shows_headline_offer_and_code():
    for page in pages().values():
        assert "Bereit für den Sommer?" in page
        assert "20 % auf alle Gartenmöbel" in page
        assert "SOMMER-7K4M-92QX" in page
        assert "Jetzt ansehen" in page


def test_it_says_that_it_is_advertising_and_whose():
    assert all("Anzeige · Muster GmbH" in page for page in pages().values())


def test_without_a_code_there_is_none():
    assert not any('class="code"' in page for page in pages(coupon_code="").values())


def test_it_needs_no_script_and_no_style_from_elsewhere():
    for page in pages().values():
        assert "<script" not in page
        assert "<link" not in page
        assert len(page.encode()) < 10_000


def test_values_are_escaped():
    content = with_headline('{{ first_name | fallback("x") }}')
    assert all("&lt;b&gt;" in page and "<b>" not in page for page in pages(content, first_name="<b>").values())


def test_what_it_leaves_out_is_said():
    assert render(builders.content_blocks(), builders.message_fields()).warnings == (
        "Not carried: letter, store, terms. A banner has room for headline, offer, button and picture only.",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (with_headline("Sommer " * 9), r"h\.text: has 63 characters, 300x250 has room for 56; write a shorter one"),
        (with_headline("Sommerschlussverkaufswochen"), "too long a word for 300x250"),
        (with_headline("Gartenmöbelschau"), "too long a word for 160x600"),
        ([*with_headline("x"), {"id": "o", "type": "offer", "title": "Nachlass " * 6}], r"o\.title: has 54"),
        ([{"id": "t", "type": "text", "text": "x"}], "a banner needs a headline"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(content, reason):
    with pytest.raises(ContentError, match=reason):
        pages(content)


def test_a_text_is_measured_with_a_long_name():
    with pytest.raises(ContentError, match="room for"):
        pages(with_headline('{{ full_name | fallback("") }}, jetzt neu für Sie'))


def test_a_shorter_text_for_the_banner_is_the_remedy():
    content = [with_headline("Sommer " * 9)[0] | {"overrides": {"banner": {"text": "Sommer"}}}]
    assert len(pages(content)) == 3


def test_a_person_with_a_still_longer_name_is_not_refused():
    content = with_headline('Neu für {{ first_name | fallback("Sie") }}')
    assert len(pages(content, first_name="Annamariamagdalena" * 4)) == 3
