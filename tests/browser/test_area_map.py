"""The map of delivery areas: pointed at, gone through by keys, on a phone, and led from place to place."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in, staff
from tests.campaigns.areas.shapes import square
from tests.steering.area_map.planned import plan, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_whoever_points_or_goes_by_arrow_keys_reads_what_an_area_is(page: Page) -> None:
    of = plan()
    for number, code in enumerate(("West", "Ost")):
        planned(of, area_fields={"code": code, "households": 100 + number, "outline": square(13 + number, 52)})
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{of.wave_id}/")
    page.get_by_role("link", name="Delivery areas").last.click()
    told = page.locator(".area-told")
    page.locator(".spot").first.wait_for()
    page.wait_for_load_state()  # its scripts hear the mouse
    page.locator(".spot").first.hover()
    expect(told).to_contain_text("Post:Ost, 10115 Berlin; 101 households")
    told_box, map_box = told.bounding_box(), page.locator(".area-map-box").bounding_box()
    assert told_box["y"] + told_box["height"] <= map_box["y"] + 1, "what is told stands in sight, above the map"
    drawn = page.locator(".area-map > *").evaluate_all("all => all.map(one => one.getAttribute('class'))")
    assert drawn.index("spot chosen is-told") == drawn.index("ruler") - 1, "no neighbour hides its edge"
    page.locator(".area-map-box").focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("Post:West, 10115 Berlin; 100 households")
    page.get_by_role("link", name="Cost").click()
    expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute("aria-sort", "descending")


def test_a_place_leads_to_its_areas_and_back_also_on_a_phone(page: Page) -> None:
    of = plan()
    for place, postcode, south in (("Kiel", "24103", 54.3), ("Ulm", "89073", 48.4)):
        where = {"place": place, "postcode": postcode, "latitude": south, "longitude": 10.0}
        planned(of, area_fields={"outline": square(10, south, 0.001), **where})
    page.set_viewport_size({"width": 390, "height": 800})
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{of.wave_id}/areas/")
    page.locator(".area-map-box").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".area-told")).to_contain_text("1 of 1 areas chosen")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("postcode="))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("path.spot")).to_have_count(1)
    page.get_by_role("link", name="Everywhere").click()
    expect(page.locator("circle.spot")).to_have_count(2)
