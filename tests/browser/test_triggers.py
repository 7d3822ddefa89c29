"""A manager writes a trigger, an approver approves it, and its page says what became of an event."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from campaigns import events
from steering import triggers
from steering.models import Trigger
from tests import builders
from tests.browser.conftest import log_in, log_out, staff


def look(page: Page, name: str) -> None:
    """For a person to see, where a folder is named."""
    if folder := os.environ.get("LOOK_AT"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_trigger_is_written_approved_and_fires(page: Page) -> None:
    campaign = builders.campaign(name="Reminder", holdout_share=0, exploration_share=0)
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/campaign/{campaign.pk}/change/")
    look(page, "campaign")
    page.get_by_role("link", name="Add a trigger").click()
    page.get_by_label("Name").fill("Cart left")
    page.locator("select[name=event_kind]").select_option("cart_left")
    page.get_by_label("How long after").fill("soon")
    page.locator("input[name=unless_kinds][value=purchased]").check()
    look(page, "form")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("write such as “30 minutes”")).to_be_visible()
    page.get_by_label("How long after").fill("at once")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/steering/trigger/")
    look(page, "list")
    log_out(page)

    trigger = Trigger.objects.get()
    log_in(page, staff("Approver"))
    page.goto(f"/admin/steering/trigger/{trigger.pk}/change/")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("It fires from now on.")).to_be_visible()
    events.record([builders.event(builders.customer(), minutes_ago=0)])
    triggers.answer_due()
    page.reload()
    look(page, "trigger")
    expect(page.get_by_role("row", name="A message was queued")).to_contain_text("1")
