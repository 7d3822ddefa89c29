"""A leaflet, front and back, in four sizes ready for print: the same for everybody, with code and imprint."""

import io

import pypdfium2 as pdfium
import pytest
import zxingcpp
from pypdf import PdfReader

from campaigns.blocks import ContentError
from channels.direct_post.render import SIZES, pdf, picture, render
from tests import builders

MM = 72 / 25.4
FIELDS = {
    "link": "https://shop.example.com/?utm_medium=direct_post",
    "sender_address": "Muster GmbH, Weg 1, 10115 Berlin",
}
HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


def pages(content=None, **fields):
    found = PdfReader(io.BytesIO(render(content or builders.content_blocks(), FIELDS | fields).parts["pdf"])).pages
    assert len(found) == 2
    return found


def text(content=None, **fields) -> str:
    return " ".join(" ".join(page.extract_text() for page in pages(content, **fields)).split())


@pytest.mark.parametrize(("size", "sides"), [(name, [one.width, one.height]) for name, one in SIZES.items()])
@pytest.mark.parametrize("has_crop_marks", [False, True])
def test_front_and_back_have_their_size_with_three_millimetres_of_bleed(size, sides, has_crop_marks):
    made = pdf(builders.content_blocks(), FIELDS, size=size, has_crop_marks=has_crop_marks)
    found = PdfReader(io.BytesIO(made)).pages
    assert len(found) == 2
    for page in found:
        trim, bleed, media = (
            [float(side) / MM for side in box] for box in (page.trimbox, page.bleedbox, page.mediabox)
        )
        assert [round(trim[2] - trim[0]), round(trim[3] - trim[1])] == sides
        assert [round(abs(a - b), 1) for a, b in zip(trim, bleed, strict=True)] == [3, 3, 3, 3]
        assert round(trim[0] - media[0]) == (10 if has_crop_marks else 3)


def test_ink_reaches_over_the_edges_that_are_cut():
    page = pdfium.PdfDocument(pdf(builders.content_blocks(), FIELDS))[0]
    picture = page.render(scale=2).to_pil()
    corners = [(2, 2), (picture.width - 3, 2), (2, picture.height - 3), (picture.width - 3, picture.height - 3)]
    assert all(picture.getpixel(corner) != (255, 255, 255) for corner in corners)


def test_a_sample_has_every_size():
    made = render(builders.content_blocks(), FIELDS)
    assert set(made.parts) == {"pdf", "pdf_a6", "pdf_a4", "pdf_din_lang"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dots", [100, 300])
def test_the_code_is_read_from_the_back_and_leads_where_the_call_to_action_leads(size, dots):
    links = {"store": "https://map.example.com", "shop": "https://shop.example.com/sommer?utm_medium=direct_post"}
    page = pdfium.PdfDocument(pdf(builders.content_blocks(), FIELDS | {"links": links}, size=size))[1]
    (found,) = zxingcpp.read_barcodes(page.render(scale=dots / 72).to_pil())
    assert found.text == links["shop"]


def test_it_says_what_is_to_be_said():
    said = text()
    assert "Ihr Garten ist bereit für den Sommer" in said
    assert "SOMMER20" in said
    assert "Der Nachlass gilt" in said
    assert "Zur Sommerkollektion" in said


def test_it_has_an_imprint():
    assert "Herausgeber: Muster GmbH, Weg 1, 10115 Berlin" in text()


def test_placeholders_show_what_they_say_to_everybody():
    content = [
        HEADLINE,
        {"id": "t", "type": "text", "text": '{{ salutation_line }}, {{ city | fallback("bei Ihnen") }}'},
    ]
    assert "Guten Tag, bei Ihnen" in text(content, salutation_line="", city="")


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
        render([HEADLINE, {"id": "t", "type": "text", "text": "Ein langer Text. " * 250}], FIELDS)


def test_a_leaflet_needs_a_headline():
    with pytest.raises(ContentError, match="a leaflet needs a headline"):
        render([{"id": "t", "type": "text", "text": "x"}], FIELDS)


def test_a_second_picture_is_left_out_and_said():
    image = {"type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    made = render([HEADLINE, image | {"id": "one"}, image | {"id": "two"}], FIELDS)
    assert made.warnings == ("The leaflet does not carry: two",)


def test_a_preview_is_a_picture():
    assert picture(builders.content_blocks(), FIELDS).startswith(b"\x89PNG")
