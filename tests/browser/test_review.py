"""A content goes from draft to approved between two people, and a better variant is promoted, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from campaigns import workflow
from campaigns.findings import WARNING, Finding
from campaigns.models import Comparison, Content, ContentVersion
from tests import builders
from tests.browser.conftest import log_in, log_out, staff
from tests.steering.variants.outcomes import give, started

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WARNED = Finding("email", "headline.text", WARNING, "long", "it is rather long")


def test_an_editor_proposes_and_an_approver_comments_confirms_and_approves(page: Page, monkeypatch) -> None:
    monkeypatch.setattr(workflow, "CHECKS", [lambda content: [WARNED]])
    content = builders.content()
    Content.objects.filter(pk=content.pk).update(blocks=[builders.BLOCKS[0] | {"text": "Anders"}, *builders.BLOCKS[2:]])
    review = f"/admin/campaigns/content/{content.pk}/review/"
    log_in(page, staff("Content editor"))
    page.goto(review)
    expect(page.get_by_text("Text “text” was removed")).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("In review", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    log_out(page)
    log_in(page, staff("Approver"))
    page.goto(review)
    page.locator("#comment-block").select_option("offer")
    page.get_by_label("Comment", exact=True).fill("Is that the right price?")
    page.get_by_role("button", name="Comment").click()
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_text("resolved by")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("A warning has to be confirmed first")).to_be_visible()
    page.get_by_label("it is rather long").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Waves send version 2")).to_be_visible()
    assert ContentVersion.objects.get(number=2).confirmed[0]["code"] == "long"


def test_a_manager_looks_at_the_variants_and_promotes_the_better_one(page: Page) -> None:
    comparison = builders.comparison()
    wave = started(comparison, days_ago=20)
    give(wave, comparison, 1, customers=300, buyers=30)
    give(wave, comparison, 2, customers=300, buyers=90)
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/comparison/")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("B is better: ")).to_be_visible()
    page.get_by_role("button", name="Promote B").click()
    expect(page.get_by_text("B is sent to everybody")).to_be_visible()
    assert Comparison.objects.get().winner == 2
