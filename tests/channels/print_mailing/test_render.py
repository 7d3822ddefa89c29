"""Letters after DIN 5008 form B: the address in its window, a page a person, and text that is only text."""

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from campaigns.blocks import ContentError
from channels.print_mailing.render import letters, picture, render
from tests import builders

MM = 72 / 25.4
HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def letter(content=None, **fields) -> PdfReader:
    return read(render(content or builders.content_blocks(), builders.message_fields(**fields)).parts["pdf"])


def text(content=None, **fields) -> str:
    return letter(content, **fields).pages[0].extract_text()


def every_position(page) -> list[tuple[str, tuple[float, float]]]:
    """Where each piece of text begins, in millimetres from the upper left corner (its base line)."""
    found: list[tuple[str, tuple[float, float]]] = []

    def note(piece, cm, tm, *_):
        if piece.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((piece.strip(), (x / MM, (float(page.mediabox.height) - y) / MM)))

    page.extract_text(visitor_text=note)
    return found


def positions(page) -> dict[str, tuple[float, float]]:
    return dict(every_position(page))


def test_a_letter_is_one_page_of_a4():
    made = letter()
    assert len(made.pages) == 1
    assert [round(float(side) / MM) for side in (made.pages[0].mediabox.width, made.pages[0].mediabox.height)] == [
        210,
        297,
    ]


def test_it_says_what_is_to_be_said():
    said = text()
    assert "Sehr geehrte Frau Professorin Oberhauser-Lindner," in said
    assert "SOMMER-7K4M-92QX" in said
    assert "Gültig bis 31. August 2027" in said
    assert "Der Nachlass gilt" in said
    assert "Muster GmbH, Musterstraße 1, 10115 Berlin" in said
    assert "Sie möchten keine Werbung mehr von uns?" in said


def test_the_address_stands_in_the_window():
    lines = ["Zeile eins", "Zeile zwei", "Zeile drei", "Zeile vier", "Zeile fünf", "Zeile sechs"]
    found = positions(letter(address_lines=lines).pages[0])
    for line in lines:
        x, y = found[line]
        assert 20 <= x <= 105
        assert y - 3 >= 45 + 17.7
        assert y + 1 <= 90


def test_the_return_address_stands_above_it_in_the_window():
    page = letter(address_lines=["Erika Muster"]).pages[0]
    places = [place for piece, place in every_position(page) if piece == "Muster GmbH, Musterstraße 1, 10115 Berlin"]
    assert any(20 <= x <= 105 and 45 <= y <= 62.7 for x, y in places)


def test_nothing_else_stands_in_the_window():
    page = letter(address_lines=["Erika Muster"]).pages[0]
    inside = [piece for piece, (x, y) in positions(page).items() if 20 <= x <= 105 and 63 <= y <= 90]
    assert inside == ["Erika Muster"]


def test_a_very_long_line_does_not_leave_the_window():
    assert len(letter(address_lines=["Oberhauser-Lindner-Weber " * 8]).pages) == 1


def test_all_fonts_are_embedded():
    fonts = [font.get_object() for font in letter().pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & descriptor.keys()


def test_every_person_gets_one_page_in_order():
    people = [builders.message_fields(salutation_line=f"Guten Tag Nummer {n}") for n in range(7)]
    pages = read(letters(builders.content_blocks(), people)).pages
    assert len(pages) == 7
    for n, page in enumerate(pages):
        assert f"Guten Tag Nummer {n}," in page.extract_text()


def test_each_letter_has_a_code_of_its_own():
    same = letters(builders.content_blocks(), [builders.message_fields()] * 2)
    other = letters(
        builders.content_blocks(), [builders.message_fields(), builders.message_fields(link="https://b.example")]
    )
    assert same != other


def test_who_writes_no_salutation_gets_one():
    assert "Sehr geehrte Frau Professorin Oberhauser-Lindner," in text([HEADLINE])
    assert text().count("Sehr geehrte Frau") == 1


def test_a_text_longer_than_six_pages_is_refused_before_anything_is_sent():
    content = [HEADLINE, *({"id": f"t{n}", "type": "text", "text": "Ein langer Text. " * 290} for n in range(6))]
    with pytest.raises(ContentError, match=r"too long for a letter: it needs \d+ pages and has 6"):
        render(content, builders.message_fields())


def test_a_letter_needs_a_subject():
    with pytest.raises(ContentError, match="a letter needs a headline"):
        render([{"id": "t", "type": "text", "text": "x"}], builders.message_fields())


def test_the_language_of_the_person_is_spoken():
    assert "Yours sincerely" in text(language="en")


@pytest.mark.parametrize(
    "value", ['#panic("x")', '#read("/etc/passwd")', "*fett* _kursiv_", "$x^2$", "= Titel", '#import "x"', "\\", "<b>"]
)
def test_a_value_is_text_and_never_markup(value):
    content = [HEADLINE, {"id": "t", "type": "text", "text": 'x {{ first_name | fallback("x") }} x'}]
    assert value in text(content, first_name=value)


def test_a_link_shows_where_it_leads():
    content = [HEADLINE, {"id": "t", "type": "text", "text": "Mehr [im Netz](https://shop.example.com/a)."}]
    assert "im Netz (shop.example.com/a)." in text(content)


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Zl", "Zp"]), min_size=1, max_size=60))
def test_any_text_is_printed_or_refused(written):
    content = [HEADLINE, {"id": "t", "type": "text", "text": written}]
    try:
        made = letter(content)
    except ContentError:
        return
    assert len(made.pages) == 1


def test_a_second_call_to_action_is_left_out_and_said():
    call = {"type": "call_to_action", "label": "Los", "url": "https://shop.example.com"}
    made = render([HEADLINE, call | {"id": "one"}, call | {"id": "two"}], builders.message_fields())
    assert made.warnings == ("The letter has one QR code; it does not carry: two",)


def test_a_preview_is_a_picture():
    assert picture(builders.content_blocks(), builders.message_fields()).startswith(b"\x89PNG")


def test_five_hundred_letters_take_seconds():
    people = [builders.message_fields(link=f"https://steering.example.com/r/{n}") for n in range(500)]
    began = time.monotonic()
    assert len(read(letters(builders.content_blocks(), people)).pages) == 500
    assert time.monotonic() - began < 20
