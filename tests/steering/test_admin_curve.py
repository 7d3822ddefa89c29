"""What another budget would earn, in the admin: a chart, sentences, and when it is computed."""

import json

import pytest
from django.urls import reverse

from steering import tasks, waves
from steering.admin import curve_words
from steering.models import Plan
from steering.planning import what_if
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
MANAGER, APPROVER = "Campaign manager", "Approver"


def wave_url(plan: Plan) -> str:
    return reverse("admin:campaigns_wave_change", args=[plan.wave_id])


def curve(plan: Plan, **told) -> dict:
    points = [
        {"budget": float(budget), "margin": float(margin), "bound": float(margin), "cost": float(min(budget, 4000))}
        for budget, margin in ((0, 0), (2000, 3000), (4000, 4000), (4200, 4000))
    ]
    defaults = {"points": points, "can_be_met": [True] * 4, "asked": 1.0, "error": 0.0, "best": 3000.0, "without": []}
    plan.what_if = defaults | told
    return curve_words.of(plan, budget_cents=2000, currency="EUR")


def test_the_chart_has_the_curve_its_bound_and_the_present_budget() -> None:
    plan = Plan(value_cents=3000.0, options=[])
    best, bound, present, budget = json.loads(curve(plan)["data"])["datasets"]
    assert best["data"][1] == {"x": 20.0, "y": 30.0}
    assert len(bound["data"]) == 4
    assert [point["x"] for point in budget["data"]] == [20.0, 20.0]
    assert present["data"] == [{"x": 20.0, "y": 30.0}]


def test_a_budget_far_beyond_what_can_be_spent_does_not_squeeze_the_curve() -> None:
    plan = Plan(value_cents=3900.0, cost_cents=3900, options=[])
    curve(plan)
    lines = json.loads(curve_words.of(plan, budget_cents=99_000, currency="EUR")["data"])["datasets"]
    assert [line["label"] for line in lines][-1] == "This plan"
    assert max(point["x"] for line in lines for point in line["data"]) == 42.0


def test_the_curve_is_said_in_sentences() -> None:
    assert curve(Plan(value_cents=3000.0, options=[]))["sentences"] == [
        "Twice the budget would earn 10.00 EUR more.",
        "From 40.00 EUR on, more budget would earn nothing.",
        "Half of the budget would still earn 50 % of the margin.",
    ]


def test_what_exploration_costs_is_said() -> None:
    said = curve(Plan(value_cents=2500.0, options=[]))["sentences"][-1]
    assert "This plan earns 5.00 EUR less, because some customers are drawn at random" in said


def test_a_curve_from_a_sample_says_how_sure_it_is() -> None:
    said = curve(Plan(value_cents=3000.0, options=[]), asked=0.2, error=50.0)["sentences"][-1]
    assert said == "Drawn from 20 % of the customers: true within about 1.00 EUR."


def test_budgets_that_cannot_pay_for_what_must_be_are_said() -> None:
    said = curve(Plan(value_cents=3000.0, options=[]), can_be_met=[False, True, True, True])["sentences"][0]
    assert said == "Less than about 20.00 EUR cannot pay for what the rules of the plan demand."


def test_budgets_that_cannot_pay_for_what_must_be_are_not_drawn() -> None:
    lines = json.loads(curve(Plan(value_cents=3000.0, options=[]), can_be_met=[False, True, True, True])["data"])
    assert [len(line["data"]) for line in lines["datasets"][:2]] == [3, 3]
    assert "sentences" in curve(Plan(value_cents=0.0, cost_cents=0, options=[]), can_be_met=[False] * 4)


def test_a_bound_that_proves_nothing_is_not_drawn() -> None:
    points = [{"budget": 0.0, "margin": 0.0, "bound": None, "cost": 0.0}]
    drawn = json.loads(curve(Plan(value_cents=0.0, cost_cents=0, options=[]), points=points, can_be_met=[True])["data"])
    assert drawn["datasets"][1]["data"] == []


def test_what_each_limit_costs_is_a_table_by_name() -> None:
    plan = Plan(value_cents=3000.0, options=[{"option": 7, "label": "E-mail"}])
    limits = curve(plan, without=[{"limit": "7", "gain": 120.0}, {"limit": "rule:1", "gain": 0.0}])["limits"]
    assert limits["rows"] == [["Pieces of E-mail", "1.20 EUR"]]


def test_before_it_starts_a_wave_shows_its_curve_and_keeps_it() -> None:
    plan, client = builders.planned(), admin_clients.in_role(MANAGER)
    assert "sentences" in client.get(wave_url(plan)).context["curve"]
    kept = Plan.objects.get(pk=plan.pk).what_if
    client.get(wave_url(plan))
    assert Plan.objects.get(pk=plan.pk).what_if == kept


def test_while_a_worker_computes_the_curve_the_page_says_so(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(what_if, "AT_ONCE", 0)
    monkeypatch.setattr(tasks.compute_what_if, "delay", asked.append)
    plan, client = builders.planned(), admin_clients.in_role(APPROVER)
    for _ in range(2):
        assert "A worker is computing this." in client.get(wave_url(plan)).content.decode()
    assert asked == [plan.pk]
    tasks.compute_what_if(plan.pk)
    assert "sentences" in client.get(wave_url(plan)).context["curve"]


def test_after_the_start_nothing_is_computed_any_more() -> None:
    plan = builders.planned(state="running")
    assert admin_clients.in_role(MANAGER).get(wave_url(plan)).context["curve"] is None
    assert Plan.objects.get(pk=plan.pk).what_if is None


def test_who_may_not_see_plans_sees_no_curve() -> None:
    plan = builders.planned()
    assert admin_clients.with_permissions("campaigns.view_wave").get(wave_url(plan)).context["curve"] is None


def test_simulating_again_forgets_the_curve_of_the_earlier_plan() -> None:
    plan, client = builders.planned(), admin_clients.in_role(MANAGER)
    client.get(wave_url(plan))
    waves.simulate(plan.wave_id, by=client.user)
    assert Plan.objects.get(wave_id=plan.wave_id).what_if is None
