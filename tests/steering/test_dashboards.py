"""The landing page: figures of what runs, for those who may see them, from one measurement for everybody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import EncryptionKey, PrintWithdrawal
from channels.print_jobs import exceptions
from steering import dashboards
from tests import admin_clients, builders
from tests.channels import printing

pytestmark = pytest.mark.django_db


def figures() -> dict[str, str]:
    return {card["title"]: card["value"] for card in dashboards.measure()["cards"]}


def test_it_counts_what_runs_what_went_out_and_what_it_cost() -> None:
    wave = builders.wave()
    builders.dispatch(wave, state="sent", cost_cents=150)
    builders.dispatch(wave, state="failed", cost_cents=150)
    builders.dispatch(wave)
    assert figures() == {"Waves running": "1", "Sent today": "1", "Spent": "1.50 EUR", "Failed": "1"}


def test_what_was_spent_is_told_in_each_currency() -> None:
    for currency, cents in (("EUR", 150), ("CHF", 70), ("EUR", 50)):
        builders.dispatch(builders.wave(builders.campaign(currency=currency)), state="sent", cost_cents=cents)
    assert figures()["Spent"] == "0.70 CHF + 2.00 EUR"


def test_uncertain_messages_lead_to_the_page_where_they_are_decided() -> None:
    builders.dispatch(builders.wave(), state="uncertain")
    card = dashboards.measure()["cards"][-1]
    assert (card["note"], card["url"]) == ("1 uncertain, to be decided", reverse("admin:channels_dispatch_uncertain"))


def test_a_wave_of_long_ago_is_not_on_it_unless_it_still_runs() -> None:
    long_ago = timezone.now() - timedelta(days=60)
    builders.wave(state="completed", started_at=long_ago)
    running = builders.wave(started_at=long_ago)
    assert [row["wave_id"] for row in dashboards.measure()["recent_waves"]] == [running.pk]


def test_the_chart_has_a_bar_a_day_and_a_colour_a_channel() -> None:
    builders.dispatch(builders.wave(builders.campaign(channels=("banner",))), channel="banner", state="sent")
    chart = dashboards.measure()["sends_chart"]
    assert len(chart["labels"]) == dashboards.CHART_DAYS
    sums = {dataset["label"]: sum(dataset["data"]) for dataset in chart["datasets"]}
    assert sums == {"E-mail": 0, "Banner": 1, "Social network": 0, "Print mailing": 0, "Direct post": 0}


def test_progress_is_said_in_numbers_and_shares() -> None:
    wave = builders.wave(builders.campaign(budget_cents=1000))
    builders.dispatch(wave, state="sent", cost_cents=250)
    builders.dispatch(wave)
    [row] = dashboards.measure()["recent_waves"]
    assert (row["out_words"], row["out_percent"], row["budget_percent"]) == ("1 of 2", 50, 25)


def test_the_page_is_measured_once_for_several_visits() -> None:
    client, url = admin_clients.in_role("Analyst"), reverse("admin:index")
    client.get(url)
    builders.dispatch(builders.wave(), state="sent")
    assert client.get(url).context["cards"][0]["value"] == "0"


def test_figures_are_for_those_who_may_see_waves() -> None:
    page = admin_clients.in_role("Service agent").get(reverse("admin:index"))
    assert "cards" not in page.context
    assert [group["title"] for group in page.context["sidebar_navigation"] if group["may_open"]] == [
        "Campaigns",
        "Delivery",
        "People",
    ]


def test_whoever_handles_letters_that_were_withdrawn_too_late_is_told_how_many_wait() -> None:
    job = printing.bare_job("in_production")
    [item] = printing.bare_items(job, 1)
    late = PrintWithdrawal.objects.create(job=job, item=item, seq=1, reason="objection", in_time=False)
    officer = admin_clients.in_role("Privacy officer")
    assert told_of_late_letters(officer)
    assert not told_of_late_letters(admin_clients.in_role("Campaign manager"))
    exceptions.handle(late, by=officer.user, how="called them")
    assert not told_of_late_letters(officer)


def told_of_late_letters(client: Client) -> bool:
    return "1 letter</a> was withdrawn too late" in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("role", ["Campaign manager", "Privacy officer"])
def test_overdue_deletion_certificates_are_told_to_those_who_see_print_jobs(role) -> None:
    job = printing.bare_job("reconciled")
    posted_at = timezone.now() - timedelta(days=60)
    type(job).objects.filter(pk=job.pk).update(posted_at=posted_at, pulled_revision=1)
    page = admin_clients.in_role(role).get("/admin/").content.decode()
    assert "its vendor gets no new jobs" in page
    assert "?certificate=owed" in page
    assert "certificate=owed" not in admin_clients.in_role("Approver").get("/admin/").content.decode()


def test_an_encryption_key_that_nobody_confirmed_is_told_to_those_who_may_confirm_it() -> None:
    EncryptionKey.objects.create(vendor=printing.vendor(), kind="age", public_key="age1x", fingerprint="f")
    assert "1 encryption key" in admin_clients.in_role("Privacy officer").get("/admin/").content.decode()
    assert "1 encryption key" not in admin_clients.in_role("Approver").get("/admin/").content.decode()


def test_the_first_steps_lead_nobody_to_what_they_may_not_open() -> None:
    page = admin_clients.in_role("Analyst").get("/admin/").content.decode()
    assert "Nothing was sent in the last days" in page
    assert reverse("admin:campaigns_content_changelist") not in page
