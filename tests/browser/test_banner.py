"""The banner script in a real browser, on the demo page."""

import hashlib
import time

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Event
from channels import delivery
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def live(page: Page, live_server, settings):
    """A banner that is live for a customer."""
    settings.SITE_URL = live_server.url
    blocks = [block | {"url": f"{live_server.url}/healthz"} if "url" in block else block for block in builders.BLOCKS]
    wave = builders.wave(builders.campaign(channels=("banner",), blocks=blocks))
    person = builders.customer(email="erika@example.com", consents=("banner",))
    made = builders.dispatch(wave, person, channel="banner")
    delivery.send_due("banner")
    return made


def recorded(kind: str) -> Event:
    """The event of this kind, as soon as the browser has reported it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if event := Event.objects.filter(kind=kind).first():
            return event
        time.sleep(0.05)
    raise AssertionError(f"the browser never reported {kind}")


def test_somebody_whom_we_know_gets_the_banner_and_its_impression_counts(page: Page, live):
    known_by = hashlib.sha256(b"erika@example.com").hexdigest()
    page.goto(f"/banner/demo?h={known_by}")
    frame = page.locator('[data-steering-slot="300x250"] iframe')
    expect(frame).to_have_attribute("sandbox", "allow-popups allow-popups-to-escape-sandbox")
    expect(frame.content_frame.locator("a").first).to_be_visible()
    assert recorded("shown").dispatch_id == live.pk


def test_a_click_on_the_banner_is_recorded(page: Page, live):
    page.goto(f"/banner/demo?h={hashlib.sha256(b'erika@example.com').hexdigest()}")
    with page.expect_popup() as opened:
        page.locator('[data-steering-slot="300x250"] iframe').content_frame.locator("a").first.click()
    opened.value.wait_for_load_state()
    assert "/healthz?utm_source=steering&utm_medium=banner" in opened.value.url
    assert recorded("clicked").dispatch_id == live.pk


def test_a_stranger_sees_the_page_as_it_is(page: Page, live):
    with page.expect_response("**/banner/decide**") as asked:
        page.goto("/banner/demo")
    assert asked.value.status == 204
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_text("The shop's own picture, 300x250")).to_be_visible()
