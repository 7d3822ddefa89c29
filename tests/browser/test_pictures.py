"""Every medium as people see it; with PICTURES=docs/pictures in the environment the pictures of the manual are made anew.

PICTURES=docs/pictures make test ARGS=tests/browser/test_pictures.py
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from campaigns import assets
from campaigns.examples import EXAMPLE_BLOCKS
from channels import previews
from steering.models import AreaGroup, Plan
from steering.population import districts
from tests import builders
from tests.browser.conftest import log_in, staff
from tests.channels import printing
from tests.steering.area_map.planned import plan, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SITE = "http://pictures.test"
SPACE = 24
GREY = "#e5e7eb"
VOICE = [
    {
        "id": "voice",
        "type": "testimonial",
        "quote": "Die Bank steht seit drei Wintern draußen und sieht aus wie am ersten Tag.",
        "who": "Anna W., Berlin",
    },
    {
        "id": "proof",
        "type": "social_proof",
        "text": "4,8 von 5 Sternen aus 2.310 Bewertungen",
        "source": "Eigene Erhebung, Herbst 2026",
    },
]
BLOCKS = [*EXAMPLE_BLOCKS[:4], *VOICE, *EXAMPLE_BLOCKS[4:]]


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.SITE_URL = SITE


@pytest.fixture
def shown() -> dict[str, previews.Preview]:
    # Crops are kept with what was compiled from the same blocks, and each test has files of its own.
    found = previews.preview([{**block, "id": f"{block['id']}-{next(builders.number)}"} for block in BLOCKS])
    assert not [problem for one in found.values() for problem in one.problems]
    return found


def keep(name: str, *pictures: bytes, height: int = 0) -> None:
    """Side by side on grey; kept where PICTURES says, and no picture may be a plain area."""
    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    for one in opened:
        assert len(one.getcolors(2**24) or []) > 20, f"{name} is a plain area"
    if height:
        opened = [one.resize((one.width * height // one.height, height), Image.Resampling.LANCZOS) for one in opened]
    size = sum(one.width for one in opened) + SPACE * (len(opened) + 1), max(one.height for one in opened) + 2 * SPACE
    sheet, left = Image.new("RGB", size, GREY), SPACE
    for one in opened:
        sheet.paste(one, (left, SPACE))
        left += one.width + SPACE
    if folder := os.environ.get("PICTURES"):
        sheet.quantize(256, dither=Image.Dither.NONE).save(Path(folder, f"{name}.png"), optimize=True)


def drawn(browser: Browser, html: str, *, width: int, height: int = 600, is_dark: bool = False) -> bytes:
    """A page of ours as a browser shows it; it asks nobody but us."""
    look = "dark" if is_dark else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look)
    page = context.new_page()
    asked: list[str] = []

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(f"{SITE}/")
        if not path.startswith(("media/", "static/")):
            asked.append(route.request.url)
            route.abort()
        else:
            route.fulfill(body=assets.read(path), content_type="image/png")

    page.route("**/*", serve)
    page.set_content(html, wait_until="load")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it has to be scrolled sideways"
    picture = page.screenshot(full_page=True)
    context.close()
    assert asked == [], "it asks others"
    return picture


def test_a_mail_on_a_screen_on_a_phone_and_in_the_dark(browser: Browser, shown) -> None:
    html = str(shown["email"].rendition.parts["html"])
    looks = ((640, False), (375, False), (640, True))
    keep("content-mail", *(drawn(browser, html, width=width, is_dark=is_dark) for width, is_dark in looks))


def test_banners_in_their_sizes(browser: Browser, shown) -> None:
    parts = shown["banner"].rendition.parts
    sizes = [name.removeprefix("html_") for name in parts if name.startswith("html_")]
    assert len(sizes) == 6
    for size in sizes:
        width, height = map(int, size.split("x"))
        page = drawn(browser, str(parts[f"html_{size}"]), width=width, height=height)
        assert Image.open(io.BytesIO(page)).size == (width, height)
        assert Image.open(io.BytesIO(parts[f"png_{size}"])).size == (width, height)
    keep("content-banners", *(parts[f"png_{size}"] for size in ("300x250", "160x600", "300x600", "728x90")))


def test_a_post_in_its_shapes(shown) -> None:
    parts = shown["social"].rendition.parts
    keep("content-post", *(parts[name] for name in ("image", "image_1x1", "image_4x5", "image_9x16")), height=360)


def test_a_letter_and_a_leaflet(shown) -> None:
    keep("content-paper", *(shown[name].picture for name in ("print_mailing", "direct_post")), height=900)


def test_the_editor_beside_what_it_shows(page: Page, live_server, settings) -> None:
    settings.SITE_URL = live_server.url
    content = builders.content(BLOCKS, name="Garden 2027")
    log_in(page, staff("Content editor"))
    page.set_viewport_size({"width": 1600, "height": 1100})
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    frame = page.frame_locator('iframe[title="E-mail: As a page"]')
    frame.get_by_text("Anna W., Berlin").wait_for()
    page.wait_for_load_state("networkidle")
    keep("content-editor", page.screenshot())


def test_the_map_of_areas_beside_its_table(page: Page) -> None:
    of = pictured_plan()
    log_in(page, staff("Campaign manager"))
    page.set_viewport_size({"width": 1400, "height": 1250})
    page.goto(f"/admin/campaigns/wave/{of.wave_id}/areas/")
    page.locator(".spot").nth(40).hover()
    page.wait_for_load_state("networkidle")
    keep("area-map", page.screenshot())


def pictured_plan() -> Plan:
    """Sixty districts of a city: the nearer to its middle the better, some held out."""
    of, number_of = plan(), 60
    rng = np.random.default_rng(3)
    city = districts.draw(np.zeros(number_of, dtype=int), rng)
    away = np.abs(city.middles - city.middles.mean(axis=0)).sum(axis=1)
    gains = 5_000 * (1 - 1.4 * away / away.max()) + rng.normal(0, 900, number_of)
    for number, gain in enumerate(gains.tolist()):
        is_held = number % 9 == 0 and gain > 0
        is_chosen = gain > 0 and not is_held
        planned(
            of,
            area_fields={
                "code": f"10115-{number + 1:02}",
                "households": 300 + 7 * number,
                "outline": {"type": "Polygon", "coordinates": [city.ring(number)]},
            },
            cost=6_000.0,
            expected_customer_value=6_000 + gain,
            chosen=is_chosen,
            group=AreaGroup.HOLDOUT if is_held else AreaGroup.NONE,
            week=number % 3 + 1 if is_chosen else None,
        )
    return of


def test_a_print_job_with_its_files_and_withdrawals(page: Page) -> None:
    job = printing.mailing(5)
    log_in(page, staff("Campaign manager"))
    page.set_viewport_size({"width": 1400, "height": 1320})
    page.goto(f"/admin/channels/printjob/{job.pk}/change/")
    page.get_by_role("link", name="letters.csv").wait_for()
    page.wait_for_load_state("networkidle")
    keep("print-job", page.screenshot())
