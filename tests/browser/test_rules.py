"""A manager writes a rule and plans two campaigns together in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import CampaignRule, Wave
from steering import waves
from steering.models import Plan
from tests import builders
from tests.browser.conftest import log_in, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_share_is_written_as_a_rule_and_read_as_a_sentence(page: Page) -> None:
    campaign = builders.campaign(channels=("email", "banner"), name="Summer")
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/campaign/{campaign.pk}/change/")
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Name").fill("Not only mail")
    page.get_by_label("Bound").fill("40")
    expect(page.get_by_text("Share of what goes by")).to_be_hidden()
    page.locator("#id_scope").select_option("share")
    expect(page.get_by_text("Share of what goes by")).to_be_visible()
    page.locator("#id_channels").get_by_label("E-mail").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("cell", name="At most 40 % of the pieces go by E-mail.")).to_be_visible()
    assert CampaignRule.objects.get().campaign == campaign


def test_waves_ticked_in_the_list_are_planned_together(page: Page) -> None:
    for _ in range(20):
        builders.customer(consents=("email", "banner"))
    made = [waves.create(builders.campaign(channels=("email", "banner"), name=name)) for name in ("Summer", "Autumn")]
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/wave/")
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.locator("select[name=action]").select_option("plan_together")
    page.get_by_role("button", name="Run").click()
    page.get_by_label("Most contacts of a customer").fill("2")
    page.get_by_role("button", name=re.compile("Plan together")).click()
    expect(page.get_by_text("are planned together now.")).to_be_visible()
    page.goto(f"/admin/campaigns/wave/{made[0].pk}/change/")
    expect(page.get_by_text("Planned together with Autumn wave 1")).to_be_visible()
    assert set(Wave.objects.values_list("state", flat=True)) == {"simulated"}
    assert Plan.objects.count() == 2
