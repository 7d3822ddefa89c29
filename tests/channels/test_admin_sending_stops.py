"""The switch in the head of every page: who may press it, what it asks for, and what is kept of each use."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from channels import ledger
from channels.models import SendingStop
from tests import admin_clients

pytestmark = pytest.mark.django_db
STOP, RESUME = reverse("admin:channels_sendingstop_stop"), reverse("admin:channels_sendingstop_resume")
HOME = reverse("admin:index")


@pytest.fixture
def manager() -> Client:
    return admin_clients.in_role("Campaign manager")


def test_it_stops_everything_with_a_reason_and_is_kept(manager: Client) -> None:
    answer = manager.post(STOP, {"reason": "wrong price", "next": "/admin/campaigns/wave/"})
    assert answer.url == "/admin/campaigns/wave/"
    assert ledger.is_stopped()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (manager.user, "stopped all sending")


def test_without_a_reason_nothing_is_stopped(manager: Client) -> None:
    answer = manager.post(STOP, {"reason": "  "})
    assert admin_clients.said(answer) == ["Say why everything is stopped."]
    assert not ledger.is_stopped()


def test_it_goes_on_again_and_who_let_it_is_kept(manager: Client) -> None:
    manager.post(STOP, {"reason": "wrong price"})
    other = admin_clients.in_role("Campaign manager")
    other.post(RESUME)
    assert not ledger.is_stopped()
    stop = SendingStop.objects.get()
    assert (stop.stopped_by, stop.resumed_by) == (manager.user, other.user)
    assert LogEntry.objects.filter(user=other.user, change_message="let all sending go on").count() == 1


def test_who_comes_second_is_told_who_was_first(manager: Client) -> None:
    manager.post(STOP, {"reason": "wrong price"})
    second = admin_clients.in_role("Campaign manager").post(STOP, {"reason": "other"})
    assert "stopped already, by" in admin_clients.said(second)[0]
    assert SendingStop.objects.get().reason == "wrong price"


def test_resuming_what_runs_changes_nothing(manager: Client) -> None:
    assert admin_clients.said(manager.post(RESUME)) == ["Sending was not stopped."]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("url", [STOP, RESUME])
def test_it_is_pressed_by_post_with_a_token_by_those_who_may(manager: Client, url: str) -> None:
    assert manager.get(url).status_code == 405
    assert admin_clients.in_role("Approver").post(url, {"reason": "x"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager.user)
    assert strict.post(url, {"reason": "x"}).status_code == 403
    assert not ledger.is_stopped()


def test_everybody_sees_that_it_is_stopped_and_who_may_sees_the_way_back(manager: Client) -> None:
    ledger.stop_all(manager.user, "wrong <price>")
    for client in (manager, admin_clients.in_role("Service agent")):
        page = client.get(HOME).content.decode()
        assert "All sending is stopped" in page
        assert "wrong &lt;price&gt;" in page
        assert (RESUME in page) == (client is manager)


def test_the_button_stands_on_every_page_for_those_who_may(manager: Client) -> None:
    for url in (HOME, reverse("admin:campaigns_wave_changelist"), reverse("admin:channels_dispatch_uncertain")):
        assert STOP in manager.get(url).content.decode()
    assert STOP not in admin_clients.in_role("Analyst").get(HOME).content.decode()


def test_whoever_is_not_logged_in_learns_nothing(manager: Client) -> None:
    ledger.stop_all(manager.user, "wrong price")
    assert "stopped" not in Client().get(reverse("admin:login")).content.decode()
