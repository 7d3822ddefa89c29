"""A post: text within the limits, a picture, a link; the same for everybody."""

import struct

import pytest

from campaigns.blocks import ContentError
from channels.social.render import MOST_CHARACTERS, render
from tests import builders

FIELDS = {"link": "https://shop.example.com", "links": {"shop": "https://shop.example.com/sommer?utm_medium=social"}}
HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


def test_it_has_text_image_and_link():
    parts = render(builders.content_blocks(), FIELDS).parts
    assert parts.keys() == {"text", "image", "link"}
    assert parts["link"] == "https://shop.example.com/sommer?utm_medium=social"
    assert str(parts["text"]).endswith(str(parts["link"]))


def test_the_picture_is_a_png_of_1200_by_630():
    image = render(builders.content_blocks(), FIELDS).parts["image"]
    assert image.startswith(b"\x89PNG")
    assert struct.unpack(">II", image[16:24]) == (1200, 630)


def test_the_text_carries_the_shared_code_and_the_terms():
    text = str(render(builders.content_blocks(), FIELDS).parts["text"])
    assert "SOMMER20" in text
    assert "Der Nachlass gilt" in text
    assert "**" not in text


def test_nothing_personal_is_in_it_whatever_the_fields_say():
    content = [{**HEADLINE, "text": '{{ first_name | fallback("Für Sie") }}'}]
    assert str(render(content, FIELDS | {"first_name": ""}).parts["text"]).startswith("Für Sie")


def test_a_personal_coupon_is_refused():
    content = [HEADLINE, {"id": "o", "type": "offer", "title": "20 %", "coupon": "personal"}]
    with pytest.raises(ContentError, match=r"o\.coupon: everybody sees the same"):
        render(content, FIELDS)


def test_a_text_beyond_the_limit_is_refused():
    with pytest.raises(ContentError, match=f"at most {MOST_CHARACTERS}"):
        render([HEADLINE, {"id": "t", "type": "text", "text": "Sommer " * 300}], FIELDS)


def test_a_headline_beyond_the_picture_is_refused():
    with pytest.raises(ContentError, match="too long for the page"):
        render([HEADLINE | {"id": f"h{n}", "text": "Sommer " * 16} for n in range(3)], FIELDS)


def test_a_long_text_is_warned_of():
    assert "125 characters" in render(builders.content_blocks(), FIELDS).warnings[0]
    assert render([HEADLINE], FIELDS).warnings == ()
