"""A leaflet in A5 and A4: the same for everybody, with code and imprint."""

import io

import pytest
from pypdf import PdfReader

from campaigns.blocks import ContentError
from channels.direct_post.render import picture, render
from tests import builders

MM = 72 / 25.4
FIELDS = {
    "link": "https://shop.example.com/?utm_medium=direct_post",
    "sender_address": "Muster GmbH, Weg 1, 10115 Berlin",
}
HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


def page(content=None, part: str = "pdf", **fields):
    pages = PdfReader(io.BytesIO(render(content or builders.content_blocks(), FIELDS | fields).parts[part])).pages
    assert len(pages) == 1
    return pages[0]


@pytest.mark.parametrize(("part", "size"), [("pdf", [148, 210]), ("pdf_a4", [210, 297])])
def test_it_comes_in_two_sizes(part, size):
    box = page(part=part).mediabox
    assert [round(float(side) / MM) for side in (box.width, box.height)] == size


def test_it_says_what_is_to_be_said():
    text = " ".join(page().extract_text().split())
    assert "Ihr Garten ist bereit für den Sommer" in text
    assert "SOMMER20" in text
    assert "Der Nachlass gilt" in text
    assert "Zur Sommerkollektion" in text


def test_it_has_an_imprint():
    assert "Herausgeber: Muster GmbH, Weg 1, 10115 Berlin" in page().extract_text()


def test_placeholders_show_what_they_say_to_everybody():
    content = [
        HEADLINE,
        {"id": "t", "type": "text", "text": '{{ salutation_line }}, {{ city | fallback("bei Ihnen") }}'},
    ]
    assert "Guten Tag, bei Ihnen" in page(content, salutation_line="", city="").extract_text()


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (
            {"id": "t", "type": "text", "text": "{{ customer_number }}"},
            r"t\.text: .* customer_number needs a fall-back",
        ),
        ({"id": "o", "type": "offer", "title": "x", "coupon": "personal"}, r"o\.coupon: everybody sees the same"),
    ],
)
def test_nothing_of_a_person_goes_onto_it(block, reason):
    with pytest.raises(ContentError, match=reason):
        render([HEADLINE, block], FIELDS)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ContentError, match="too long for the page"):
        render([HEADLINE, {"id": "t", "type": "text", "text": "Ein langer Text. " * 150}], FIELDS)


def test_a_leaflet_needs_a_headline():
    with pytest.raises(ContentError, match="a leaflet needs a headline"):
        render([{"id": "t", "type": "text", "text": "x"}], FIELDS)


def test_a_second_picture_is_left_out_and_said():
    image = {"type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    made = render([HEADLINE, image | {"id": "one"}, image | {"id": "two"}], FIELDS)
    assert made.warnings == ("The leaflet does not carry: two",)


def test_a_preview_is_a_picture():
    assert picture(builders.content_blocks(), FIELDS).startswith(b"\x89PNG")
