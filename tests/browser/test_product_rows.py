"""Products of a list are written as rows: from the shop's feed, from the library, or out of a customer's attribute."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaigns import assets
from campaigns.models import Asset
from tests import builders
from tests.browser.conftest import log_in, staff
from tests.campaigns.assets.files import VIDEO
from tests.campaigns.catalogue.feeds import take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADLINE = {"id": "headline", "type": "headline", "text": "Neues für Sie"}
PICTURE = "static/campaigns/garden.png"
SHOTS = os.environ.get("SHOTS", "")


def write(page: Page, *blocks: dict):
    content = builders.content(list(blocks))
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    return content


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible(timeout=30_000)


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=False)


def test_rows_come_from_the_feed_and_from_hand(page: Page, live_server, settings, tmp_path) -> None:
    settings.SITE_URL = live_server.url
    take(tmp_path, {"image_link": PICTURE}, {"id": "4712", "title": "Bank", "availability": "out_of_stock"})
    written = [{"name": "Stuhl | alt", "price": "9 €"}, {"name": "Hocker"}]
    content = write(page, HEADLINE, {"id": "list", "type": "product_list", "products": written})
    box = page.locator('[data-path="products"]')
    expect(box.get_by_label("Name")).to_have_count(2)
    expect(box.get_by_label("Name").first).to_have_value("Stuhl | alt")

    box.get_by_role("button", name="Product of the shop").click()
    picker = page.locator("#product-picker")
    picker.get_by_role("searchbox").fill("tisch")
    shoot(page, "product-picker")
    picker.get_by_role("button", name="Tisch Robinie").click()
    expect(box.get_by_text("Tisch Robinie, from the shop's feed")).to_be_visible()
    box.get_by_role("button", name="Move Tisch Robinie up").click()
    box.get_by_role("button", name="Remove Hocker").click()
    box.get_by_label("Price").first.fill("8 €")
    expect(page.frame_locator('iframe[title="E-mail: As a page"]').get_by_text("Tisch Robinie")).to_be_visible()
    shoot(page, "product-rows")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box.scroll_into_view_if_needed()
    shoot(page, "product-rows-phone")
    page.set_viewport_size({"width": 1400, "height": 1000})
    save(page)
    content.refresh_from_db()
    assert content.blocks[1]["products"] == [{"name": "Stuhl | alt", "price": "8 €"}, {"product": "4711"}]
    expect(page.get_by_text("Tisch Robinie, from the shop's feed")).to_be_visible()


def test_a_list_of_the_customers_own_is_an_attribute(page: Page) -> None:
    builders.customer(attributes={"recommended": ["Bank"]})
    content = write(page, HEADLINE, {"id": "list", "type": "product_list", "products": [{"name": "Bank"}]})
    page.get_by_label("Where the products come from").select_option("own")
    page.get_by_label("Attribute that holds the list").fill("attribute_recommended")
    save(page)
    content.refresh_from_db()
    assert content.blocks[1]["products"] == "attribute_recommended"
    expect(page.get_by_label("Attribute that holds the list")).to_have_value("attribute_recommended")


def test_opening_and_saving_changes_nothing(page: Page) -> None:
    block = {"id": "list", "type": "product_list", "products": [{"name": "A", "price": "", "source": PICTURE}]}
    content = write(page, HEADLINE, block | {"otherwise": [{"name": "B"}]})
    save(page)
    content.refresh_from_db()
    assert content.blocks[1] == block | {"otherwise": [{"name": "B"}]}


def test_pictures_of_rows_and_videos_are_picked_from_the_library(page: Page, live_server, settings) -> None:
    settings.SITE_URL = live_server.url
    texts = {"de": "Garten", "en": "Garden"}
    picture = assets.add(Path("campaigns/static/campaigns/garden.png").read_bytes(), name="Garten.png")
    video = assets.add(VIDEO, name="Film.mp4")
    Asset.objects.update(alternative_texts=texts)
    image = {"id": "image", "type": "image", "source": PICTURE, "alt": "Garten"}
    content = write(page, HEADLINE, {"id": "list", "type": "product_list", "products": [{"name": "Bank"}]}, image)
    page.locator('[data-path="products"]').get_by_role("button", name="Library").click()
    page.locator("#asset-picker").get_by_role("button", name="Garten").click()
    page.locator('[data-path="video"]').get_by_role("button", name="Library").click()
    expect(page.get_by_role("heading", name="Choose a video from the library")).to_be_visible()
    page.locator("#asset-picker").get_by_role("button", name="Film").click()
    save(page)
    content.refresh_from_db()
    assert content.blocks[1]["products"] == [{"name": "Bank", "source": picture.source}]
    assert content.blocks[2]["video"] == video.source


def test_products_are_imported_in_the_admin(page: Page, tmp_path) -> None:
    log_in(page, staff("Content editor"))
    page.goto("/admin/campaigns/product/")
    page.get_by_text("Bring up to date from the shop's feed").click()
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title,price,availability\n1,Tisch,349 EUR,in_stock\n2,Bank,viel,in_stock\n")
    page.locator("[name=feed]").set_input_files(feed)
    shoot(page, "products-import")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("row 2: price must be a price like 349.00 EUR")).to_be_visible()
    page.get_by_text("Bring up to date from the shop's feed").click()
    feed.write_text("id,title,price,availability\n1,Tisch,349 EUR,in_stock\n")
    page.locator("[name=feed]").set_input_files(feed)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 products read")).to_be_visible()
    shoot(page, "products")
