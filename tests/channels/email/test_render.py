"""An e-mail: subject, responsive HTML, plain text; personal, escaped, and with nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import assets
from campaigns.blocks import ContentError
from channels import colours
from channels.email.render import render
from tests import builders
from tests.campaigns.assets.files import picture

HEADLINE = {"id": "h", "type": "headline", "text": "Neu"}


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def page(content=None, **fields) -> str:
    return str(render(content or builders.content_blocks(), builders.message_fields(**fields)).parts["html"])


def text(content=None, **fields) -> str:
    return str(render(content or builders.content_blocks(), builders.message_fields(**fields)).parts["text"])


def test_it_has_a_subject_html_and_text():
    assert render(builders.content_blocks(), builders.message_fields()).parts.keys() == {"subject", "html", "text"}


def test_the_subject_is_personal():
    subject = render(builders.content_blocks(), builders.message_fields(first_name="Erika")).parts["subject"]
    assert subject == "Erika, Ihr Garten ist bereit für den Sommer"


def test_without_a_subject_the_headline_is_it():
    assert render([HEADLINE], builders.message_fields()).parts["subject"] == "Neu"


@given(st.text())
def test_the_subject_stays_on_one_line(name):
    subject = render(builders.content_blocks(), builders.message_fields(first_name=name)).parts["subject"]
    assert "\n" not in subject
    assert "\r" not in subject


def test_a_mail_without_a_headline_is_refused():
    with pytest.raises(ContentError, match="a mail needs a headline"):
        render([{"id": "t", "type": "text", "text": "Hallo"}], builders.message_fields())


def test_html_and_text_say_the_same():
    for part in (Tags(page()).text, text()):
        assert "Sehr geehrte Frau Professorin Oberhauser-Lindner," in part
        assert "aus heimischer Robinie" in part
        assert "SOMMER-7K4M-92QX" in part
        assert "Gültig bis 31. August 2027" in part
        assert "Der Nachlass gilt" in part
        assert "Keine Werbung mehr erhalten" in part
        assert "Muster GmbH, Musterstraße 1, 10115 Berlin" in part


def test_links_are_those_of_the_message():
    links = [attributes.get("href") for tag, attributes in Tags(page()).found if tag == "a"]
    assert "https://steering.example.com/t/c/shop" in links
    assert "https://steering.example.com/u/token" in links
    assert not any("shop.example.com" in link for link in links)
    assert "https://steering.example.com/t/c/shop" in text()


def test_it_counts_its_opening_by_a_pixel():
    pixels = [attributes for tag, attributes in Tags(page()).found if attributes.get("width") == "1"]
    assert [pixel["src"] for pixel in pixels] == ["https://steering.example.com/t/o/token.gif"]


def test_it_loads_nothing_from_elsewhere(settings):
    settings.SITE_URL = "https://steering.example.com"
    made = page()
    loaded = [attributes["src"] for _, attributes in Tags(made).found if "src" in attributes]
    assert all(source.startswith("https://steering.example.com/") for source in loaded)
    assert "@import" not in made
    assert not any(tag == "link" for tag, _ in Tags(made).found)
    assert "<script" not in made


def test_every_image_has_an_alternative_text():
    images = [attributes for tag, attributes in Tags(page()).found if tag == "img"]
    assert all("alt" in attributes for attributes in images)
    assert "Ein Garten am Abend" in page()


@pytest.mark.parametrize(
    "alt", ['Der "alte" Garten', "Cafe\u0301", "20\u00a0%", "a\\b", "a & <b>", "\U0001f468\u200d\U0001f33e"]
)
def test_an_alternative_text_is_shown_as_it_is_written(alt):
    image = {"id": "i", "type": "image", "source": "static/campaigns/garden.png", "alt": alt}
    assert alt in [attributes.get("alt") for tag, attributes in Tags(page([HEADLINE, image])).found]


def test_it_suits_narrow_screens_and_dark_ones():
    assert "@media only screen and (max-width: 479px)" in page()
    assert "[data-ogsc] .ink" in page()  # Outlook's own way
    assert "prefers-color-scheme: dark" in page()
    assert '<meta name="color-scheme" content="light dark"' in page()


def test_a_usual_mail_is_small():
    assert len(page().encode()) < 11_000


def test_what_outlook_needs_is_still_there():
    made = page()
    assert made.count("<!--[if mso") == made.count("<![endif]-->") > 0


@pytest.mark.parametrize("written", ['style="margin:0px;"', "a { b : c ; }", "font-size:0px", "<tbody>", "}  ,  {"])
def test_only_what_nobody_wrote_is_made_smaller(written):
    assert written in Tags(page([HEADLINE, {"id": "t", "type": "text", "text": f"x {written} x"}])).text


def test_the_sender_stands_once_where_the_imprint_says_it():
    sender = "Muster GmbH, Musterstraße 1, 10115 Berlin"
    footer = {"id": "f", "type": "footer", "text": f"{sender}\nHRB 12345"}
    assert Tags(page([HEADLINE, footer])).text.count(sender) == 1
    assert Tags(page([HEADLINE])).text.count(sender) == 1
    only = {"all": [{"field": "language", "is": "one_of", "values": ["en"]}]}
    assert sender in Tags(page([HEADLINE, footer | {"only_if": only}])).text


@pytest.mark.parametrize("colour", ["#1c4f82", "#ffe600", "#ffffff", "#777777"])
def test_the_button_can_be_read_whatever_the_companys_colour(settings, colour):
    settings.BRAND_COLOR = colour
    action = {"id": "a", "type": "call_to_action", "label": "Los", "url": "https://shop.example.com"}
    buttons = [
        at["style"]
        for tag, at in Tags(page([HEADLINE, action])).found
        if "background:" in at.get("style", "") and tag == "a"
    ]
    styles = dict(pair.split(":", 1) for pair in buttons[0].split(";"))
    assert colours.contrast(styles["color"], styles["background"]) >= colours.AA


def test_pictures_are_cut_to_twice_the_size_in_which_they_are_shown(settings, tmp_path, db):
    source = assets.save(picture(3000, 3000))
    product = {"name": "Tisch", "source": source}
    content = [
        HEADLINE,
        {"id": "i", "type": "image", "source": source, "alt": "Ein Tisch"},
        {"id": "p", "type": "product_list", "products": [product]},
    ]
    images = [attributes for tag, attributes in Tags(page(content)).found if tag == "img"]
    shown = [assets.size(image["src"].split("/", 3)[3]) for image in images if "/crops/" in image["src"]]
    assert shown == [(1200, 600), (200, 200)]
    assert [image["width"] for image in images[:2]] == ["600", "100"]


def test_the_preview_text_comes_first():
    body = page().split("<body")[1]
    assert body.index("20 % auf alle Gartenmöbel, nur bis Ende August") < body.index("Muster GmbH")


def test_without_a_code_there_is_no_coupon():
    assert "Gutscheincode" not in page(coupon_code="")
    assert "Gutscheincode" not in text(coupon_code="")


def test_what_the_platform_adds_is_in_the_persons_language():
    assert "Stop receiving advertising" in page(language="en")
    assert "Valid until 31 August 2027" in page(language="en")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ city }}", "&amp;"])
def test_a_name_is_shown_as_text(name):
    content = [{**HEADLINE, "text": '{{ first_name | fallback("du") }}'}]
    tags = Tags(page(content, first_name=name))
    assert name in tags.text
    assert not any(tag == "script" or "onerror" in attributes for tag, attributes in tags.found)


@pytest.mark.parametrize(
    "markup", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<mj-raw>x</mj-raw>", "</mj-text><mj-raw>"]
)
def test_what_staff_write_is_text_as_well(markup):
    content = [{**HEADLINE, "text": markup}, {"id": "t", "type": "text", "text": markup}]
    tags = Tags(page(content))
    assert tags.text.count(markup) >= 2
    assert not any(tag in ("script", "mj-raw") or "onerror" in attributes for tag, attributes in tags.found)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Zl", "Zp"]), min_size=1, max_size=60))
def test_any_text_is_shown_or_refused(written):
    content = [HEADLINE, {"id": "t", "type": "text", "text": written}]
    try:
        made = page(content)
    except ContentError:
        return
    known = {
        "html",
        "head",
        "title",
        "meta",
        "style",
        "body",
        "div",
        "table",
        "tbody",
        "tr",
        "td",
        "p",
        "br",
        "a",
        "img",
    }
    assert {tag for tag, _ in Tags(made).found} <= known | {"strong", "em", "ul", "ol", "li", "span", "h1"}


def test_markdown_becomes_html_and_reads_well_as_text():
    content = [
        HEADLINE,
        {"id": "t", "type": "text", "text": "**fett**\n\n1. eins\n2. zwei\n\n[hier](https://a.example)"},
    ]
    assert "<strong>fett</strong>" in page(content)
    assert re.search(r"<ol>\s*<li>eins</li>", page(content))
    assert "1. eins\n2. zwei\n\nhier (https://a.example)" in text(content)


def test_a_placeholder_can_stand_in_markdown():
    content = [HEADLINE, {"id": "t", "type": "text", "text": '**{{ first_name | fallback("*du*") }}**'}]
    assert "<strong>Maximiliane</strong>" in page(content)
    assert "<strong>*du*</strong>" in page(content, first_name="")


def test_a_mail_above_100_kb_is_warned_of():
    long = [{"id": f"t{n}", "type": "text", "text": "Sommer " * 700} for n in range(22)]
    assert "100 KB" in render([HEADLINE, *long], builders.message_fields()).warnings[0]
    assert render(builders.content_blocks(), builders.message_fields()).warnings == ()
