"""A mail made smaller looks as MJML made it: pixel by pixel, on a desk, on a phone and in the dark."""

import io
from copy import deepcopy

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Page

from campaigns.examples import EXAMPLE_BLOCKS
from channels.email import render, shrinking
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURE = "static/campaigns/garden.png"
EVERYTHING = [
    {"id": "h", "type": "headline", "text": "Neues < & >", "preheader": "Kurz gesagt"},
    {"id": "t", "type": "text", "text": "Hallo **Sie**,\n\n- eins\n- *zwei* [drei](https://shop.example.com)"},
    {"id": "i", "type": "image", "source": PICTURE, "alt": "Garten", "url": "https://shop.example.com"},
    {"id": "o", "type": "offer", "title": "20 % auf alles", "coupon": "SOMMER20", "valid_until": "2027-12-31"},
    {"id": "p", "type": "product_list", "title": "Für Sie", "url": "https://shop.example.com/p",
     "products": [{"name": "Tisch", "price": "349 €", "source": PICTURE}, {"name": "Bank", "text": "aus Robinie"}]},
    {"id": "q", "type": "testimonial", "quote": "Sehr *schön*.", "who": "Anna W."},
    {"id": "s", "type": "social_proof", "text": "4,8 von 5", "source": "2.310 Bewertungen"},
    {"id": "l", "type": "place", "name": "Laden", "address": "Hauptstr. 1", "hours": "9 bis 18", "url": "https://m.example.com"},
    {"id": "c", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com"},
    {"id": "n", "type": "legal_notice", "text": "Nur solange der Vorrat reicht."},
    {"id": "f", "type": "footer", "text": "Muster GmbH, [Impressum](https://shop.example.com/impressum)"},
]  # fmt: skip
EXAMPLES = {"all types": EVERYTHING, "the example": EXAMPLE_BLOCKS, "a few": builders.BLOCKS}
VIEWS = ((900, "light"), (900, "dark"), (390, "light"), (390, "dark"))


def both(blocks: list[dict], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The page before and after it was made smaller; marks stand for people in both."""
    made: list[str] = []

    def shrunk(page: str) -> str:
        made.extend((page, shrinking.shrunk(page)))
        return made[1]

    monkeypatch.setattr(render, "shrunk", shrunk)
    render.compile_mail(blocks)
    return made[0], made[1]


def look(page: Page, html: str, width: int, scheme: str) -> Image.Image:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html, wait_until="networkidle")
    return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_looks_the_same(page: Page, live_server, settings, monkeypatch, name) -> None:
    settings.SITE_URL = live_server.url  # also so that the content is laid out anew
    before, after = both(deepcopy(EXAMPLES[name]), monkeypatch)
    assert len(after) < len(before)
    page.goto("/healthz")
    for width, scheme in VIEWS:
        one, other = (look(page, html, width, scheme) for html in (before, after))
        assert one.size == other.size, (name, width, scheme)
        assert ImageChops.difference(one, other).getbbox() is None, (name, width, scheme)
        assert len(one.getcolors(1_000_000) or ()) > 2, "there is something to be seen"


def test_a_difference_would_be_seen(page: Page) -> None:
    one, other = (look(page, f"<p style='color:#{colour}'>Text</p>", 390, "light") for colour in ("112233", "112244"))
    assert ImageChops.difference(one, other).getbbox()
