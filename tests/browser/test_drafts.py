"""What is written is kept while somebody writes, and can be taken up again."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Content, ContentDraft
from tests import builders
from tests.browser.conftest import log_in, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADLINE = {"id": "headline", "type": "headline", "text": "Neues für Sie"}
SHOTS = os.environ.get("SHOTS", "")


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def text(page: Page):
    return page.get_by_label("Headline *")


def write(page: Page, typed: str) -> None:
    text(page).fill(typed)
    expect(page.locator("#draft-said")).to_contain_text("Draft kept at")


def test_a_draft_is_taken_up_after_the_window_was_closed_and_saved(page: Page) -> None:
    content = builders.content([HEADLINE])
    log_in(page, staff("Content editor"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    write(page, "Lange überlegt")
    content.refresh_from_db()
    assert content.blocks == [HEADLINE]
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    expect(text(page)).to_have_value("Neues für Sie")
    shoot(page, "draft-offered")
    page.get_by_role("link", name="Take it up").click()
    expect(text(page)).to_have_value("Lange überlegt")
    shoot(page, "draft-open")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible(timeout=30_000)
    content.refresh_from_db()
    assert content.blocks[0]["text"] == "Lange überlegt"
    assert not ContentDraft.objects.exists()
    expect(page.get_by_text("You wrote something")).to_have_count(0)


def test_whose_content_was_saved_by_somebody_else_is_told_while_writing_and_asked_when_saving(page: Page) -> None:
    content = builders.content([HEADLINE])
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    Content.objects.get(pk=content.pk).save()
    write(page, "Meins")
    expect(page.locator("#draft-said")).to_contain_text("saved this content meanwhile")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("Save mine over it")).to_be_visible(timeout=30_000)
    expect(text(page)).to_have_value("Meins")
    assert ContentDraft.objects.get().blocks[0]["text"] == "Meins"


def test_a_content_that_is_new_is_kept_too_and_can_be_thrown_away(page: Page) -> None:
    log_in(page, staff("Content editor"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/campaigns/content/add/")
    page.get_by_label("Name *").fill("Herbst")
    expect(page.locator("#draft-said")).to_contain_text("Draft kept at")
    page.goto("/admin/campaigns/content/add/?draft")
    expect(page.get_by_label("Name *")).to_have_value("Herbst")
    page.goto("/admin/campaigns/content/add/")
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("The draft is thrown away.")).to_be_visible()
    expect(page.get_by_text("You wrote something")).to_have_count(0)


def test_who_was_logged_out_is_told_and_what_is_written_stays(page: Page) -> None:
    content = builders.content([HEADLINE])
    log_in(page, staff("Content editor"))
    page.goto(f"/admin/campaigns/content/{content.pk}/change/")
    page.context.clear_cookies()
    text(page).fill("Meins")
    expect(page.locator("#draft-said")).to_contain_text("The draft cannot be kept now.")
    expect(text(page)).to_have_value("Meins")
    assert not ContentDraft.objects.exists()
