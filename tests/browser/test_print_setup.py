"""Print is set up, planned, approved and started from the admin alone: vendor, key, product, prices, campaign, job."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, Wave
from channels import delivery
from channels.models import Dispatch, EncryptionKey, PrintJob, Vendor
from tests import builders
from tests.browser.conftest import log_in, log_out, staff
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STAY = "Save and continue editing"


def test_a_letter_is_set_up_planned_approved_and_ordered_without_a_line_of_json(page: Page) -> None:
    for _ in range(40):
        printing.person()
    audience, content = builders.audience(), builders.content()
    manager, approver = staff("Campaign manager"), staff("Approver")
    log_in(page, manager)
    a_vendor_with_a_key(page)
    a_product_with_prices(page)
    a_campaign(page, audience=audience.name, content=content.name)
    plan = page.url
    expect(page.get_by_text("What print costs")).to_be_visible()

    log_out(page)
    log_in(page, approver)
    page.goto(plan)
    press(page, "Approve")
    expect(page.get_by_text("is approved now")).to_be_visible()

    log_out(page)
    log_in(page, manager)
    page.goto(plan)
    press(page, "Start")
    expect(page.get_by_text("Dispatches by channel and state")).to_be_visible()
    Dispatch.objects.update(due_at=timezone.now())  # the day has come on which the vendor must have it
    delivery.send_due("print_mailing")
    page.reload()
    page.get_by_role("link", name=f"Job {PrintJob.objects.get().pk}").click()
    expect(page.get_by_text("Files, newest revision first")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"letters\.csv\.age$"))).to_have_count(1)
    page.get_by_role("link", name="Press of the north", exact=True).first.click()
    expect(page.get_by_text("In use", exact=False).first).to_be_visible()


def a_vendor_with_a_key(page: Page) -> None:
    page.goto("/admin/channels/vendor/add/")
    page.get_by_label("Name").first.fill("Press of the north")
    page.get_by_label("Processing contract").fill("DPA 7")
    page.get_by_role("button", name=STAY).click()
    page.wait_for_url("**/vendor/*/change/")
    assert Vendor.objects.get().slug == "press-of-the-north"
    page.get_by_role("link", name="New encryption key").click()
    page.get_by_label("Public key").fill(keys_of_vendors.age().public)
    page.get_by_role("button", name=STAY).click()
    page.get_by_label("Fingerprint as the vendor says it").wait_for()
    page.get_by_label("Fingerprint as the vendor says it").fill(EncryptionKey.objects.get().fingerprint)
    page.get_by_role("button", name="It is the same").click()
    expect(page.get_by_text("Confirmed: from now on")).to_be_visible()
    page.get_by_role("link", name="Press of the north", exact=True).click()


def a_product_with_prices(page: Page) -> None:
    page.get_by_role("link", name="New postal product").click()
    page.get_by_label("Name").first.fill("Bulk letter")
    page.get_by_role("button", name=STAY).click()
    page.get_by_role("link", name="New price table").click()
    page.get_by_label("Valid from").fill("2020-01-01")
    for inline, cells in (
        ("production", {"from_pieces": "10", "piece_cents": "20"}),
        ("postage", {"from_pieces": "10", "up_to_grams": "20", "piece_cents": "60"}),
    ):
        page.get_by_role("link", name=f"Add another {inline.capitalize()} price").click()
        for name, value in cells.items():
            page.locator(f"#id_{inline}-0-{name}").fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def a_campaign(page: Page, *, audience: str, content: str) -> None:
    """Up to the plan of its first wave, that is to arrive in a month."""
    page.goto("/admin/campaigns/campaign/add/")
    page.get_by_label("Name").first.fill("Autumn")
    for field, name in (("audience", audience), ("content", content)):
        page.locator(f".field-{field} .select2-selection").first.click()
        page.get_by_role("option", name=name).click()
    page.get_by_label("Budget of one wave").fill("100.00")
    page.get_by_role("link", name="Add another Channel").click()
    page.locator("#id_options-0-channel").select_option("print_mailing")
    expect(page.locator("#id_options-0-per_day")).to_be_hidden()
    page.locator("#id_options-0-vendor").select_option(label="Press of the north")
    page.locator("#id_options-0-product").select_option("bulk-letter")
    page.get_by_role("button", name=STAY).click()
    page.wait_for_url("**/campaign/*/change/")
    assert Campaign.objects.get().options.get().settings == {"vendor": "press-of-the-north", "product": "bulk-letter"}
    page.get_by_role("button", name="New wave").click()
    page.get_by_label("Arrives on").fill(f"{timezone.localdate() + timedelta(days=30):%Y-%m-%d}")
    page.get_by_role("button", name=STAY).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Wave.objects.get().arrives_on is not None
    press(page, "Simulate")
    expect(page.get_by_text("Expected incremental margin")).to_be_visible()


def press(page: Page, verb: str) -> None:
    page.get_by_role("button", name=re.compile(rf"\b{verb}$")).click()
