"""Delivery in a real browser: figures renew themselves, the switch stops everything, a content is sent to oneself."""

import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Wave
from channels import ledger, progress
from channels.models import Attempt, Dispatch, SendingStop
from tests import builders
from tests.browser.conftest import log_in, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wave() -> Iterator[Wave]:
    made = builders.wave()
    for _ in range(3):
        builders.dispatch(made)
    builders.dispatch(made, state="uncertain")
    return made


def card(page: Page, title: str):
    return page.locator("#delivery-figures").get_by_text(title, exact=True).locator("xpath=..")


def leave(wave: Wave, *, failing: bool = False) -> None:
    """One more goes out while somebody looks."""
    one = Dispatch.objects.filter(wave=wave, state="queued").first()
    held = ledger.claim("email", 1, wave_id=wave.pk)
    ledger.begin(held, [one.pk])
    Dispatch.objects.filter(pk=one.pk).update(state="failed" if failing else "sent", reason="554 no" if failing else "")
    Attempt.objects.create(dispatch=one, number=1, outcome="failed" if failing else "sent", at=timezone.now())
    progress.forget_wave(wave.pk)


def test_progress_is_seen_without_loading_the_page_again(page: Page, wave: Wave) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{wave.pk}/change/")
    page.locator("#content").get_by_role("link", name=re.compile("Delivery$")).click()
    expect(card(page, "Gone out")).to_contain_text("0 of 4")
    page.evaluate("window.isSamePage = true")
    leave(wave)
    expect(card(page, "Gone out")).to_contain_text("1 of 4")
    leave(wave, failing=True)
    expect(page.get_by_role("cell", name="554 no")).to_be_visible()
    assert page.evaluate("window.isSamePage")


def test_it_asks_no_more_when_the_wave_has_ended(page: Page, wave: Wave) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{wave.pk}/delivery/")
    Wave.objects.filter(pk=wave.pk).update(state="completed")
    expect(page.locator("#delivery-figures").get_by_text("Completed", exact=True)).to_be_visible()
    expect(page.get_by_text("The page looks again by itself.")).to_have_count(0)


def test_what_is_uncertain_is_decided_in_one_click_after_a_question(page: Page, wave: Wave) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{wave.pk}/delivery/")
    questions: list[str] = []
    page.on("dialog", lambda dialog: (questions.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="All were sent").click()
    expect(page.get_by_text("1 decided as sent.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/delivery/$"))
    assert questions == ["All were sent: all 1 by E-mail?"]
    assert Dispatch.objects.filter(state="sent").count() == 1


def test_the_wave_is_paused_and_resumed_beside_its_figures(page: Page, wave: Wave) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto(f"/admin/campaigns/wave/{wave.pk}/delivery/")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#delivery-figures").get_by_text("Paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#delivery-figures").get_by_text("Running", exact=True)).to_be_visible()


def test_the_switch_stops_everything_from_any_page_and_lets_it_go_on(page: Page) -> None:
    log_in(page, staff("Campaign manager"))
    page.goto("/admin/campaigns/audience/")
    page.get_by_role("button", name="Stop all sending").click()
    page.get_by_role("button", name="Stop everything").click()  # without a reason the browser refuses
    assert not ledger.is_stopped()
    page.get_by_label("Why?").fill("The price is wrong")
    page.get_by_role("button", name="Stop everything").click()
    said = page.get_by_role("alert").filter(has_text="All sending is stopped")
    expect(said).to_contain_text("by campaign-manager: The price is wrong")
    expect(page).to_have_url(re.compile(r"/admin/campaigns/audience/$"))
    assert said.evaluate("(box) => getComputedStyle(box).backgroundColor") == "rgb(185, 28, 28)"
    assert ledger.is_stopped()
    said.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resume sending").click()
    expect(said).to_have_count(0)
    assert SendingStop.objects.get().resumed_by.username == "campaign-manager"


def test_who_thinks_better_of_it_stops_nothing(page: Page) -> None:
    log_in(page, staff("Campaign manager"))
    page.get_by_role("button", name="Stop all sending").click()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert not ledger.is_stopped()


def test_a_content_is_sent_to_whoever_looks_at_it(page: Page, mail_server) -> None:
    editor = staff("Content editor")
    editor.email = "editor@example.com"
    editor.save()
    content = builders.content(builders.content_blocks())
    log_in(page, editor)
    page.goto(f"/admin/campaigns/content/{content.pk}/preview/")
    page.locator("#email").get_by_role("button", name="Send to me").click()
    expect(page.get_by_text("E-mail: sent to editor@example.com")).to_be_visible()
    assert mail_server.messages[0]["Subject"].startswith("[Test] ")
    page.get_by_role("link", name="Back to the preview").click()
    with page.expect_download() as download:
        page.locator("#print_mailing").get_by_role("button", name="Send to me").click()
    assert download.value.suggested_filename == "print_mailing-test.pdf"
    page.locator("#banner").get_by_role("button", name="Send to me").click()
    expect(page.locator("iframe")).to_have_count(6)
