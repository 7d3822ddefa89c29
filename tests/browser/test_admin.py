"""Staff at work in a real browser: an audience, a content, a campaign of two people, and its results."""

import re

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Audience, Campaign, Wave
from channels import delivery
from steering import waves
from tests import builders
from tests.browser.conftest import log_in, log_out, staff
from tests.channels.postage import making

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_staff_log_in_and_land_on_an_overview_with_a_chart_of_sends(page: Page) -> None:
    builders.dispatch(builders.wave(), state="sent")
    log_in(page, staff("Campaign manager"))
    expect(page.get_by_text("Sends by channel and day")).to_be_visible()
    drawn = "Chart.getChart('sends-chart').data.datasets.map((set) => [set.label, Math.max(...set.data)])"
    page.wait_for_function("window.Chart && Chart.getChart('sends-chart')")
    assert ["E-mail", 1] in page.evaluate(drawn)


def test_an_overview_without_figures_leads_to_what_the_person_may_do(page: Page) -> None:
    log_in(page, staff("Service agent"))
    page.locator("#content").get_by_role("link", name="Find a person").click()
    page.wait_for_url("**/find/")


def test_what_the_theme_only_shows_has_a_name_for_whoever_hears_it(page: Page) -> None:
    table = making.prices(making.product())
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/channels/pricetable/")
    expect(page.get_by_role("textbox", name="Type to search")).to_be_visible()
    page.goto(f"/admin/channels/pricetable/{table.pk}/change/")
    expect(page.get_by_role("spinbutton", name="From pieces").first).to_be_visible()
    expect(page.get_by_role("link", name="Choose a Date")).to_be_visible()
    page.goto("/admin/steering/trigger/add/")
    expect(page.get_by_role("textbox", name="From Time")).to_be_visible()


def test_an_audience_is_built_and_says_whom_it_matches_while_it_is(page: Page) -> None:
    builders.customer(household=True)
    builders.customer()
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/audience/add/")
    page.get_by_label("Name").fill("People in Berlin")
    count = page.locator("#audience-preview [data-part=count]")
    expect(count).to_have_text("2")
    page.get_by_role("button", name="Add a condition").click()
    condition = page.locator(".editor-condition")
    condition.get_by_label("Attribute").select_option("city")
    condition.get_by_label("Value").fill("Berlin")
    expect(count).to_have_text("1")
    expect(page.get_by_text("Customers of whom it is true that city is “Berlin”.")).to_be_visible()
    page.get_by_role("button", name="Show some of them").click()
    expect(page.locator("#audience-preview td", has_text="Erika Muster")).to_be_visible()
    page.get_by_role("button", name="Show the query").click()
    expect(page.locator("#audience-preview pre")).to_contain_text("'Berlin'")
    save(page)
    expect(page.get_by_role("link", name="People in Berlin").first).to_be_visible()
    assert Audience.objects.get().rule == {"all": [{"attribute": "city", "is": "Berlin"}]}


def test_every_kind_of_condition_can_be_chosen_and_groups_nested(page: Page) -> None:
    other = builders.audience()
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/audience/add/")
    page.get_by_label("Name").fill("Everything")
    kinds = ["events", "contacted", "responded", "identifier", "consent", "objection", "audience"]
    for place, kind in enumerate(kinds):
        page.get_by_role("button", name="Add a condition").last.click()
        page.get_by_label("Kind of condition").nth(place).select_option(kind)
    page.get_by_label("Group", exact=True).first.select_option("any")
    page.get_by_role("button", name="Add a group").last.click()
    page.get_by_label("Measure").first.select_option("sum_cents")
    page.locator(".editor-condition").first.get_by_label("Value").fill("99.5")
    save(page)
    expect(page.get_by_role("link", name="Everything").first).to_be_visible()
    rule = Audience.objects.get(name="Everything").rule
    assert rule["any"][0]["at_least"] == 9950
    assert rule["any"][0]["measure"] == "sum_cents"
    assert [next(key for key in part if key in kinds) for part in rule["any"][:-1]] == kinds
    assert rule["any"][-2] == {"audience": other.pk}
    assert rule["any"][-1] == {"any": []}


def test_a_rule_that_is_one_condition_alone_can_be_extended(page: Page) -> None:
    audience = builders.audience({"attribute": "age", "at_least": 18})
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/audience/{audience.pk}/change/")
    page.get_by_role("button", name="Add a condition").click()
    save(page)
    page.wait_for_url("**/audience/")
    audience.refresh_from_db()
    assert [part["attribute"] for part in audience.rule["all"]] == ["age", "journey_stage"]


def test_a_wrong_rule_is_explained_at_once_and_refused(page: Page) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/audience/add/")
    page.get_by_label("Name").fill("Wrong")
    page.get_by_role("button", name="Edit as JSON").click()
    page.locator("textarea[name=rule]").fill('{"all": [{"attribute": "age", "is": "old"}]}')
    wrong = "rule.all[0].is: must be a number, got 'old'"
    expect(page.locator("#audience-preview .problem")).to_have_text(wrong)
    save(page)
    expect(page.locator(".errors").get_by_text(wrong)).to_be_visible()


def test_a_content_is_previewed_on_all_channels_side_by_side(page: Page, live_server, settings) -> None:
    settings.SITE_URL = live_server.url
    content = builders.content(builders.content_blocks())
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    page.get_by_role("link", name="Preview on every channel").click()
    for channel in ("E-mail", "Banner", "Social network", "Print mailing", "Direct post"):
        expect(page.get_by_role("heading", name=channel)).to_be_visible()
    mail = page.frame_locator('iframe[title="E-mail: As a page"]')
    expect(mail.get_by_text("Ihr Garten ist bereit für den Sommer").first).to_be_visible()
    expect(
        page.frame_locator('iframe[title="Banner: 300 by 250"]').get_by_text("Bereit für den Sommer?")
    ).to_be_visible()
    letter = page.get_by_alt_text("Print mailing: First page")
    assert letter.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 500


def press(page: Page, verb: str) -> None:
    page.get_by_role("button", name=re.compile(rf"\b{verb}$")).click()


def test_a_campaign_is_made_simulated_approved_by_a_second_person_and_started(page: Page) -> None:
    for _ in range(30):
        builders.customer(consents=("email",))
    audience, content = builders.audience(), builders.content()
    manager, approver = staff("Campaign manager"), staff("Approver")
    log_in(page, manager)
    page.goto("/admin/campaigns/campaign/add/")
    page.get_by_label("Name").fill("Summer")
    for field, row in (("audience", audience), ("content", content)):
        page.locator(f".field-{field} .select2-selection").first.click()
        page.get_by_role("option", name=row.name).click()
    page.get_by_label("Budget of one wave").fill("100.00")
    page.get_by_role("link", name="Add another Channel").click()
    page.locator("#id_options-0-channel").select_option("email")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("button", name="New wave").click()
    press(page, "Simulate")
    expect(page.get_by_text("Expected incremental margin")).to_be_visible()
    expect(page.get_by_text("Somebody else has to approve this plan.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    wave, plan_page = Wave.objects.get(), page.url

    log_out(page)
    log_in(page, approver)
    page.goto(plan_page)
    expect(page.get_by_text("Who gets what")).to_be_visible()
    press(page, "Approve")
    expect(page.get_by_text("is approved now")).to_be_visible()

    log_out(page)
    log_in(page, manager)
    page.goto(plan_page)
    press(page, "Start")
    expect(page.get_by_text("Dispatches by channel and state")).to_be_visible()
    wave.refresh_from_db()
    assert (wave.state, wave.simulated_by, wave.approved_by) == ("running", manager, approver)
    assert wave.dispatches.exists()


def test_results_are_seen_after_a_wave_has_started(page: Page) -> None:
    for _ in range(30):
        builders.customer(consents=("banner",))
    wave = waves.create(builders.campaign(channels=("banner",), name="Autumn"))
    manager, approver = staff("Campaign manager"), staff("Approver")
    waves.simulate(wave.pk, by=manager)
    waves.approve(wave.pk, by=approver)
    waves.start(wave.pk)
    delivery.send_due("banner")
    log_in(page, staff("Analyst"))
    page.goto(f"/admin/campaigns/campaign/{Campaign.objects.get().pk}/change/")
    page.get_by_role("link", name="Results").click()
    expect(page.get_by_role("heading", name="From plan to purchase")).to_be_visible()
    sent = wave.dispatches.filter(state="sent").count()
    row = page.get_by_role("row", name=re.compile("^Banner"))
    expect(row.get_by_role("cell").nth(2)).to_have_text(str(sent))
    page.get_by_role("link", name="Wave 1").click()
    expect(page.get_by_text("Shown: wave 1, measured at")).to_be_visible()
