"""Decisions in a real browser: the curve of a plan is drawn, and from a customer one comes to the why."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Wave
from steering import waves
from steering.models import Assignment
from tests import builders
from tests.browser.conftest import log_in, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CURVE = "Chart.getChart(document.querySelector('.budget-curve canvas'))"
INK = """(canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some((value) => value > 0);
}"""


def simulated() -> Wave:
    for _ in range(30):
        builders.customer(consents=("email", "banner"), household=True)
    wave = waves.create(builders.campaign(channels=("email", "print_mailing"), budget_cents=500, holdout_share=0))
    waves.simulate(wave.pk, by=builders.user())
    return wave


def test_the_curve_of_margin_against_budget_is_drawn_before_approval(page: Page) -> None:
    wave = simulated()
    log_in(page, staff("Approver"))
    page.goto(f"/admin/campaigns/wave/{wave.pk}/change/")
    expect(page.get_by_role("heading", name="What another budget would earn")).to_be_visible()
    page.wait_for_function(f"window.Chart && {CURVE}")
    drawn = page.evaluate(f"{CURVE}.data.datasets.map((line) => [line.label, line.data.length])")
    assert ["Expected margin of the best plan", 20] in drawn
    assert ["This plan", 1] in drawn
    page.wait_for_function(INK, arg=page.locator(".budget-curve canvas").element_handle())
    expect(page.get_by_role("button", name="Approve")).to_be_visible()


def test_from_a_customer_one_comes_to_why_they_got_what_they_got(page: Page) -> None:
    row = Assignment.objects.filter(wave=simulated(), channel="email").first()
    log_in(page, staff("Privacy officer"))
    page.goto(f"/admin/campaigns/customer/{row.customer_id}/change/")
    page.get_by_role("link", name="Why?").click()
    expect(page.get_by_text(f"Customer {row.customer_id} in")).to_be_visible()
    expect(page.get_by_role("heading", name="What was open")).to_be_visible()
    expect(page.locator("td.row-name", has_text="Print mailing").first).to_be_visible()
