"""The unsubscribe page as a person uses it, wide and on a small phone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Objection
from channels import tracking
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def url() -> str:
    made = builders.dispatch(builders.wave(), builders.customer(), state="sent")
    return urlsplit(tracking.unsubscribe_url(made.pk)).path


def standing() -> list[str]:
    return list(Objection.objects.filter(lifted_at=None).order_by("id").values_list("channel", flat=True))


@pytest.mark.parametrize("width", [1400, 360])
def test_a_person_unsubscribes_slips_undoes_and_refuses_everything(page: Page, url: str, width: int):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(url)
    page.get_by_label("Keine Werbung mehr auf diesem Weg").check()
    page.get_by_role("button", name="Abbestellen").click()
    expect(page.get_by_role("heading", name="Erledigt.")).to_be_visible()
    assert standing() == ["email"]
    page.get_by_role("button", name="rückgängig").click()
    expect(page.get_by_role("heading", name="Rückgängig gemacht.")).to_be_visible()
    assert standing() == []
    page.get_by_label("auf keinem Weg").last.check()
    page.get_by_role("button", name="Abbestellen").click()
    expect(page.get_by_text("Wir senden Ihnen auf keinem Weg mehr Werbung")).to_be_visible()
    assert standing() == [""]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_is_done_by_keyboard_alone(page: Page, url: str):
    page.goto(url)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")  # from the channel, which is chosen, to the list
    page.keyboard.press("Enter")
    expect(page.get_by_text("Zu dieser Aktion senden wir Ihnen nichts mehr")).to_be_visible()
    assert Objection.objects.get().campaign_id is not None
