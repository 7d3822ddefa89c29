"""The delivery page of a wave: figures that renew themselves, what went wrong, and what a person decides."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Wave
from channels import ledger, progress
from channels.models import Attempt, Dispatch
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave() -> Wave:
    made = builders.wave()
    builders.dispatch(made, state="sent")
    failed = builders.dispatch(made, state="failed", reason="554 refused, see 4CxyZ12345")
    Attempt.objects.create(dispatch=failed, number=1, outcome="failed", code="554 5.7.1", at=timezone.now())
    builders.dispatch(made, state="uncertain")
    builders.dispatch(made)
    return made


def url(wave: Wave, name: str = "delivery") -> str:
    return reverse(f"admin:campaigns_wave_{name}", args=[wave.pk])


def cards(page) -> dict[str, str]:
    return {card["title"]: card["value"] for card in page.context["cards"]}


def test_it_says_how_far_the_wave_is(wave: Wave) -> None:
    page = admin_clients.in_role("Campaign manager").get(url(wave))
    assert cards(page)["Gone out"] == "1 of 4"
    assert cards(page)["Sum over states"] == "4"
    assert page.context["table"]["states"] == ["Queued", "Sent", "Failed", "Uncertain"]


def test_errors_lead_to_their_dispatches(wave: Wave) -> None:
    client = admin_clients.in_role("Campaign manager")
    failed, _ = client.get(url(wave)).context["faults"]
    assert (failed["reason"], failed["code"], failed["number"]) == ("554 refused, see …", "554 5.7.1", "1")
    builders.dispatch(wave, state="failed", reason="554 something else")
    listed = client.get(failed["url"]).context["cl"].result_list
    assert [one.reason for one in listed] == ["554 refused, see 4CxyZ12345"]


def test_what_is_asked_for_again_is_the_figures_alone_until_the_wave_has_ended(wave: Wave) -> None:
    client = admin_clients.in_role("Analyst")
    answer = client.get(url(wave, "delivery_figures"))
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    Wave.objects.filter(pk=wave.pk).update(state="completed")
    assert client.get(url(wave, "delivery_figures")).status_code == 286
    assert url(wave, "delivery_figures").encode() not in client.get(url(wave)).content


def test_an_uncertain_one_is_decided_here_and_the_page_shows_it_at_once(wave: Wave) -> None:
    client = admin_clients.in_role("Campaign manager")
    assert client.get(url(wave)).context["uncertain"][0]["number"] == "1"
    form = {"wave": wave.pk, "channel": "email", "verdict": "sent", "next": url(wave)}
    answer = client.post(reverse("admin:channels_dispatch_decide"), form)
    assert answer.url == url(wave)
    assert client.get(url(wave)).context["uncertain"] == []


def test_a_wave_is_paused_here_by_those_who_may(wave: Wave) -> None:
    client = admin_clients.in_role("Campaign manager")
    assert [verb["name"] for verb in client.get(url(wave)).context["verbs"]] == ["pause"]
    answer = client.post(reverse("admin:campaigns_wave_do", args=[wave.pk, "pause"]), {"next": url(wave)})
    assert answer.url == url(wave)
    assert [verb["name"] for verb in client.get(url(wave)).context["verbs"]] == ["resume"]
    assert admin_clients.in_role("Analyst").get(url(wave)).context["verbs"] == []


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_no_form_leads_to_another_site(wave: Wave, elsewhere: str) -> None:
    client = admin_clients.in_role("Campaign manager")
    answer = client.post(reverse("admin:campaigns_wave_do", args=[wave.pk, "pause"]), {"next": elsewhere})
    assert answer.url == reverse("admin:campaigns_wave_change", args=[wave.pk])


def test_the_end_is_expected_by_the_speed_of_the_last_minutes(wave: Wave) -> None:
    sent = Dispatch.objects.get(state="sent")
    Attempt.objects.create(dispatch=sent, number=1, outcome="sent", at=timezone.now() - timedelta(minutes=1))
    page = admin_clients.in_role("Analyst").get(url(wave))
    assert page.context["cards"][2]["note"] == "at the speed of the last minutes"


def test_while_everything_is_stopped_no_end_is_promised(wave: Wave) -> None:
    client = admin_clients.in_role("Campaign manager")
    ledger.stop_all(client.user, "wrong price")
    assert client.get(url(wave)).context["cards"][2]["note"] == "all sending is stopped"


def test_what_is_due_while_nothing_leaves_is_a_warning(wave: Wave) -> None:
    client = admin_clients.in_role("Analyst")
    assert client.get(url(wave)).context["warnings"] == []
    Dispatch.objects.filter(state="queued").update(due_at=timezone.now() - timedelta(minutes=9))
    progress.forget_wave(wave.pk)
    assert "are the workers running?" in client.get(url(wave)).context["warnings"][0]


def test_it_is_for_those_who_may_see_waves(wave: Wave) -> None:
    client = admin_clients.in_role("Service agent")
    assert client.get(url(wave)).status_code == 403
    assert client.get(url(wave, "delivery_figures")).status_code == 403
    assert admin_clients.in_role("Approver").get(url(wave)).status_code == 200
