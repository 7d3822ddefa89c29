"""Letters after DIN 5008 form B: the address in its window, a page a person, and text that is only text."""

import io
import time

import pdfplumber
import pypdfium2 as pdfium
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from campaigns.blocks import ContentError
from channels.print_mailing.paper import Paper
from channels.print_mailing.render import bundle, compile_letter, letters, picture, render, stream
from channels.print_mailing.setting import set_letters
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
    began = time.process_time()
    assert len(read(letters(builders.content_blocks(), people)).pages) == 500
    assert time.process_time() - began < 20


LONG = [
    "Frau Prof. Dr. Dr. h. c. Maximiliane Wilhelmine Oberhauser-Lindner zu Schönfeld",
    "c/o Gemeinschaftspraxis am Marktplatz",
]
ADDRESSES = [
    ["Frau Erika Muster", "Weg 1", "10115 Berlin"],
    [
        *LONG,
        "Hinterhaus, 3. Obergeschoss links",
        "Straße des 17. Juni 135",
        "53474 Bad Neuenahr-Ahrweiler",
        "LUXEMBURG",
    ],
    ["W" * 45, "M" * 45, "10115 Berlin"],
    ["Ελένη Παπαδοπούλου-Αναγνωστοπούλου-Κωνσταντινίδη", "Οδός Ερμού 1", "105 63 Αθήνα"],
]


def words(pdf: bytes, page: int = 0) -> list[dict]:
    """Each word with its box, in millimetres from the sheet's upper left corner."""
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        found = opened.pages[page].extract_words(extra_attrs=["non_stroking_color", "size"])
    return [word | {side: word[side] / MM for side in ("x0", "x1", "top", "bottom")} for word in found]


@pytest.mark.parametrize(("form", "top"), [("A", 27), ("B", 45)])
@pytest.mark.parametrize("lines", ADDRESSES)
def test_every_word_of_the_address_lies_wholly_in_the_window_and_none_is_lost(form, top, lines):
    made = bundle([HEADLINE], [builders.message_fields(address_lines=lines)], Paper(form)).pdf
    inside = [word for word in words(made) if top + 17.7 <= word["top"] and word["bottom"] <= top + 45]
    inside = [word for word in inside if word["x0"] >= 24.9 and word["x1"] <= 105]
    assert "".join(word["text"] for word in inside).replace("\u200b", "").replace(" ", "") == "".join(lines).replace(
        " ", ""
    )
    assert all(word["size"] >= 6 for word in inside)


def test_an_address_that_no_window_holds_is_refused():
    with pytest.raises(ContentError, match="too long for the address window"):
        letter(address_lines=["W" * 200] * 6)


@pytest.mark.parametrize(("form", "marks"), [("A", [87, 148.5, 192]), ("B", [105, 148.5, 210])])
def test_marks_show_where_to_fold_and_punch(form, marks):
    made = bundle([HEADLINE], [builders.message_fields()] * 2, Paper(form)).pdf
    with pdfplumber.open(io.BytesIO(made)) as opened:
        found = [line["top"] / MM for line in opened.pages[1].lines if line["x1"] < 20 * MM]
    assert sorted(round(y, 1) for y in found) == marks


def test_the_text_begins_where_the_standard_says():
    for form, top in (("A", 80.46), ("B", 98.46)):
        made = bundle([HEADLINE], [builders.message_fields()], Paper(form)).pdf
        subject = next(word for word in words(made) if word["text"] == "Neu")
        assert abs(subject["top"] - top) < 2
        assert abs(subject["x0"] - 25) < 0.3


def test_letters_of_one_page_look_alike_however_they_are_set():
    sheet = compile_letter(builders.content_blocks(), "de").sheet
    people = [(sheet, builders.message_fields())]
    quick, whole = set_letters(people), set_letters(people, likely=2)
    assert (quick.pages, whole.pages) == ((1,), (1,))
    found = [sorted((word["text"], word["top"], word["x0"]) for word in words(made.pdf)) for made in (quick, whole)]
    for (said, *place), (same, *other) in zip(*found, strict=True):
        assert said == same
        assert place == pytest.approx(other, abs=0.2)


class TestLongLetters:
    CONTENT = [
        HEADLINE,
        {"id": "all", "type": "text", "text": "Ein Absatz für alle. " * 60},
        {
            "id": "some",
            "type": "text",
            "text": "\n\n".join(["Ein Absatz für manche. " * 20] * 10),
            "only_if": {"all": [{"field": "city", "is": "one_of", "values": ["Berlin"]}]},
        },
    ]

    def made(self, *cities):
        people = [
            builders.message_fields(city=city, address_lines=[f"Person {n}"], link=f"https://example.com/{n}")
            for n, city in enumerate(cities)
        ]
        return bundle(self.CONTENT, people)

    def test_everybody_has_as_many_pages_as_the_text_needs(self):
        made = self.made("Bremen", "Berlin", "Bremen", "Bremen", "Berlin", "Berlin", "Bremen")
        assert made.pages == (1, 2, 1, 1, 2, 2, 1)
        pages = read(made.pdf).pages
        for n, first in enumerate(made.first_pages):
            assert f"Person {n}" in pages[first - 1].extract_text()

    def test_every_page_says_its_number_and_of_how_many_where_there_are_several(self):
        made = self.made("Bremen", "Berlin", "Berlin")
        found = [page.extract_text() for page in read(made.pdf).pages]
        numbers = ["Seite 1 von 2", "Seite 2 von 2"] * 2
        assert "Seite" not in found[0]
        assert all(number in page for number, page in zip(numbers, found[1:], strict=True))

    def test_the_window_and_the_folds_are_on_the_first_page_only(self):
        made = self.made("Berlin")
        with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
            folds = [[line for line in page.lines if line["x1"] < 20 * MM] for page in opened.pages]
        assert [len(marks) for marks in folds] == [3, 0]
        assert "Person 0" not in read(made.pdf).pages[1].extract_text()

    def test_nothing_of_the_text_is_lost_between_pages_or_leaves_them(self):
        made = self.made("Berlin")
        found = [word for page in range(2) for word in words(made.pdf, page)]
        assert sum(word["text"] == "für" for word in found) == 260
        body = [word for word in found if word["text"] == "Absatz"]
        assert all(
            word["x0"] >= 24.9 and word["x1"] <= 190.1 and 28 <= word["top"] < word["bottom"] <= 270 for word in body
        )


def images(page) -> list[dict]:
    found = [one.get_object() for one in page["/Resources"].get("/XObject", {}).values()]
    inside = [image for one in found if "/Resources" in one for image in images(one)]
    return [one for one in found if one["/Subtype"] == "/Image"] + inside


def test_the_code_is_printed_in_black_ink_alone_and_photographs_in_their_colours():
    content = [
        *builders.content_blocks(),
        {"id": "i", "type": "image", "source": "static/campaigns/garden.png", "alt": "x"},
    ]
    made = letters(content, [builders.message_fields(link=f"https://example.com/{n}") for n in range(2)])
    spaces = [one["/ColorSpace"] for page in read(made).pages for one in images(page)]
    assert spaces.count("/DeviceGray") == 2
    assert [space[1].get_object()["/N"] for space in spaces if space != "/DeviceGray"] == [3, 3]


def test_black_text_is_black_ink_alone():
    found = words(render(builders.content_blocks(), builders.message_fields()).parts["pdf"])
    said = next(word for word in found if word["text"] == "wetterfest")
    assert tuple(said["non_stroking_color"]) == (0, 0, 0, 1)
    assert {len(word["non_stroking_color"]) for word in found} == {4}


@pytest.mark.parametrize("dots", [100, 300])
@pytest.mark.parametrize("link", ["https://a.example/r/1", "https://steering.example.com/r/" + "aB3_" * 30])
def test_the_code_is_read_from_the_printed_page(dots, link):
    page = pdfium.PdfDocument(render(builders.content_blocks(), builders.message_fields(link=link)).parts["pdf"])[0]
    (found,) = zxingcpp.read_barcodes(page.render(scale=dots / 72).to_pil())
    assert found.text == link
    corners = (found.position.top_left, found.position.top_right)
    modules = segno.make(link, error="m", mode="byte", micro=False, boost_error=False).symbol_size(border=0)[0]
    assert (corners[1].x - corners[0].x) / dots * 25.4 / modules >= 0.4 * 0.95  # corners are whole dots


def test_bleed_and_crop_marks_have_their_boxes():
    made = read(bundle([HEADLINE], [builders.message_fields()], Paper("B", True, True)).pdf).pages[0]
    sides = {name: [float(side) / MM for side in made[name]] for name in ("/TrimBox", "/BleedBox", "/MediaBox")}
    trim, bleed, media = sides.values()
    assert [round(trim[2] - trim[0], 1), round(trim[3] - trim[1], 1)] == [210, 297]
    assert [round(abs(a - b), 1) for a, b in zip(trim, bleed, strict=True)] == [3, 3, 3, 3]
    assert all(abs(a - b) > 8 for a, b in zip(trim, media, strict=True))


def test_a_stream_of_letters_comes_in_bounded_files():
    asked = [0]

    def people():
        for n in range(7):
            asked[0] += 1
            yield builders.message_fields(address_lines=[f"Person {n}"])

    bundles = stream([HEADLINE], people(), letters_each=3)
    assert len(next(bundles).pages) == 3
    assert asked == [3]
    assert [len(one.pages) for one in bundles] == [3, 1]


def test_people_of_two_languages_are_in_one_file_each_in_their_own():
    content = [HEADLINE | {"languages": {"en": {"text": "New"}}}]
    people = [builders.message_fields(language=language) for language in ("de", "en", "de")]
    found = [page.extract_text() for page in read(letters(content, people)).pages]
    assert ["Neu" in page for page in found] == [True, False, True]
    assert "Yours sincerely" in found[1]
