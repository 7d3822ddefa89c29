"""The asset library in a real browser: several files dropped, described, and a focal point set with mouse and keyboard."""

import base64

import pytest
from playwright.sync_api import Page, expect

from campaigns import assets
from campaigns.models import Asset
from tests.browser.conftest import log_in, staff
from tests.campaigns.assets.files import VIDEO, picture

pytestmark = pytest.mark.browser
DROP = """
([zone, files]) => {
  const carried = new DataTransfer();
  for (const [name, data] of files) carried.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name));
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}
"""


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    carried = [[name, base64.b64encode(data).decode()] for name, data in files]
    zone = page.locator(".asset-drop").element_handle()
    page.wait_for_load_state()  # its scripts hear the drop
    page.evaluate(DROP, [zone, carried])


def test_dropped_files_are_kept_described_and_ready(page: Page) -> None:
    log_in(page, staff("Content editor"))
    page.get_by_role("link", name="Assets").first.click()
    drop(page, ("garden.png", picture(800, 600, colour="green")), ("film.mp4", VIDEO))
    page.wait_for_url("**/?state=missing")
    for card in page.locator(".asset-card").all():
        card.get_by_label("Alternative text, German").fill("Ein Garten")
        card.get_by_label("Alternative text, English").fill("A garden")
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("status")).to_have_text("Described; ready to be used.")
    assert Asset.objects.ready().count() == 2


def test_what_is_refused_is_said_beside_what_is_kept(page: Page) -> None:
    log_in(page, staff("Content editor"))
    page.goto("/admin/campaigns/asset/")
    drop(page, ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("garden.png", picture()))
    expect(page.locator(".asset-progress")).to_contain_text("logo.svg: It is an SVG drawing")
    page.get_by_role("link", name="Go on to the alternative texts").click()
    expect(page.locator(".asset-card")).to_have_count(1)


def test_the_focal_point_follows_mouse_and_keys_and_every_crop_follows_it(page: Page) -> None:
    made = assets.add(picture(900, 600, colour="green"), name="garden.png")
    assets.describe(made, {"de": "Ein Garten", "en": "A garden"})
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/asset/{made.pk}/change/")
    shown = page.locator(".focal-picture img")
    box = shown.bounding_box()
    shown.click(position={"x": box["width"] * 0.2, "y": box["height"] * 0.5})
    square = page.locator(".asset-crops figure", has_text="Post, square").locator("img")
    assert square.evaluate("one => one.style.objectPosition") == "0% 50%"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("button", name="Focal point: 21 % from the left, 60 % from the top")).to_be_focused()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/campaigns/asset/")
    made.refresh_from_db()
    assert (round(made.focal_x, 2), round(made.focal_y, 2)) == (0.21, 0.6)


def test_a_video_plays_in_the_library_and_by_itself(page: Page) -> None:
    film = assets.add(VIDEO, name="film.mp4")
    log_in(page, staff("Content editor"))
    for url in (f"/admin/campaigns/asset/{film.pk}/change/", f"/{film.source}"):
        page.goto(url)
        page.wait_for_function("document.querySelector('video').videoWidth === 64")
