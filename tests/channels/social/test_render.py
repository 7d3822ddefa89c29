"""A post: text within the limits, a picture, a link; the same for everybody."""

import struct

import pytest

from campaigns.blocks import ContentError
from channels.social import limits
from channels.social.render import MOST_CHARACTERS, render, text_for
from tests import builders

FIELDS = {"link": "https://shop.example.com", "links": {"shop": "https://shop.example.com/sommer?utm_medium=social"}}
HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


def test_it_has_text_image_and_link():
    parts = render(builders.content_blocks(), FIELDS).parts
    assert {"text", "image", "link"} <= parts.keys()
    assert parts["link"] == "https://shop.example.com/sommer?utm_medium=social"
    assert str(parts["text"]).endswith(str(parts["link"]))


def test_the_pictures_have_the_shapes_of_the_networks():
    parts = render(builders.content_blocks(), FIELDS).parts
    sizes = {name: struct.unpack(">II", data[16:24]) for name, data in parts.items() if name.startswith("image")}
    assert sizes == {
        "image": (1200, 630),
        "image_1x1": (1080, 1080),
        "image_4x5": (1080, 1350),
        "image_9x16": (1080, 1920),
    }
    assert all(parts[name].startswith(b"\x89PNG") for name in sizes)


@pytest.mark.parametrize(("network", "most"), [("mastodon", 500), ("x", 280), ("threads", 500)])
def test_a_network_that_takes_less_gets_whole_blocks_only_and_that_is_said(network, most):
    content = [HEADLINE, *({"id": f"t{n}", "type": "text", "text": f"Sommer{n} " * 15} for n in range(5))]
    made = render(content, FIELDS)
    text = text_for(network, made.parts)
    assert limits.LIMITS[network].length(text) <= most
    assert text.startswith("Neu\n\nSommer0")
    assert "t4" in next(said for said in made.warnings if limits.LIMITS[network].label in said.split(",")[0].split())
    assert text_for("facebook", made.parts) == made.parts["text"]


def linked(id_: str, *numbers: int) -> dict:
    return {"id": id_, "type": "text", "text": " ".join(f"[{n}](https://example.com/{n})" for n in numbers)}


def test_threads_takes_five_different_links_the_posts_own_among_them():
    for_five = render([HEADLINE, linked("a", 1, 2, 3), linked("b", 3, 4)], FIELDS)
    assert "text_threads" not in for_five.parts
    for_six = render([HEADLINE, linked("a", 1, 2, 3), linked("b", 4, 5)], FIELDS)
    assert "example.com/4" not in text_for("threads", for_six.parts)
    assert "Not carried by Threads, which takes 500 characters and 5 links: b" in for_six.warnings
    assert text_for("mastodon", for_six.parts) == for_six.parts["text"]


def test_links_of_a_legal_notice_stay_so_threads_may_not_carry_it():
    notice = linked("l", 1, 2, 3, 4, 5) | {"type": "legal_notice"}
    assert (
        "Threads cannot carry it: what must be said has 6 links, it takes 5"
        in render([HEADLINE, notice], FIELDS).warnings
    )


def test_what_must_be_said_is_never_left_out_and_a_network_without_room_is_named():
    notice = {"id": "l", "type": "legal_notice", "text": "Gilt nicht zusammen mit anderen Aktionen. " * 7}
    made = render([HEADLINE, {"id": "t", "type": "text", "text": "Sommer"}, notice], FIELDS)
    assert "text_x" not in made.parts
    assert any("X cannot carry it" in said for said in made.warnings)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("äöüß", 4),
        ("a\u0308", 1),
        ("日本", 4),
        ("\U0001f600", 2),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\U0001f1e9\U0001f1ea", 2),
        ("https://shop.example.com/" + "x" * 90, 23),
    ],
)
def test_x_counts_by_weight(text, length):
    assert limits.weighted(text) == length


def test_mastodon_counts_every_link_alike():
    assert limits.with_short_links(f"Neu https://a.example/{'x' * 200} und http://b.example") == 4 + 23 + 5 + 23


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
        render([HEADLINE | {"id": f"h{n}", "text": "Sommer " * 16} for n in range(5)], FIELDS)


def test_a_long_text_is_warned_of():
    assert "125 characters" in render(builders.content_blocks(), FIELDS).warnings[0]
    assert render([HEADLINE], FIELDS).warnings == ()
