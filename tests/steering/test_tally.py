"""The sum over the states of a wave is its plan, and where it is not, staff are told."""

import pytest
from django.urls import reverse

from channels.models import Dispatch
from steering import dashboards, tally, waves
from steering.models import Plan
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    made = builders.planned(state="approved")
    waves.start(made.wave_id)
    return made


def tallied(plan: Plan) -> tally.Tally | None:
    number = Dispatch.objects.filter(wave=plan.wave_id).count()
    return tally.of_waves({plan.wave_id: number}).get(plan.wave_id)


def test_a_wave_that_was_started_holds_as_many_as_were_planned(plan: Plan) -> None:
    found = tallied(plan)
    assert found.holds
    assert found.planned > 0


def test_somebody_who_was_erased_is_missing_from_neither(plan: Plan) -> None:
    before = tallied(plan).planned
    Dispatch.objects.filter(wave=plan.wave_id).first().customer.delete()
    assert tallied(plan) == tally.Tally(before - 1, before - 1)


def test_a_dispatch_that_is_lost_shows(plan: Plan) -> None:
    before = tallied(plan).planned
    Dispatch.objects.filter(wave=plan.wave_id).first().delete()
    assert tallied(plan) == tally.Tally(before, before - 1)


def test_what_no_plan_made_is_left_out() -> None:
    wave = builders.wave()
    builders.dispatch(wave)
    assert tally.of_waves({wave.pk: 1}) == {}


def test_the_overview_shows_the_sums_and_warns_where_they_differ(plan: Plan) -> None:
    assert " = " in dashboards.measure()["cards"][0]["note"]
    Dispatch.objects.filter(wave=plan.wave_id).first().delete()
    page = admin_clients.in_role("Analyst").get(reverse("admin:index"))
    assert " ≠ " in page.context["cards"][0]["note"]
    assert [row["wave_id"] for row in page.context["differing"]] == [plan.wave_id]
    assert b"check_invariants" in page.content
