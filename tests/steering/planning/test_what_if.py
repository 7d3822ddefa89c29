"""What another budget would earn: computed once for a plan, at once or by a worker, and kept with it."""

import pytest
from django.utils import timezone

from campaigns.models import Option
from steering import planning
from steering.models import Plan
from steering.planning import what_if
from tests import builders

pytestmark = pytest.mark.django_db


def planned(*, capacity: int | None = None, **fields) -> Plan:
    for _ in range(30):
        builders.customer(consents=("email", "banner"))
    defaults = {"channels": ("email", "banner"), "budget_cents": 40, "exploration_share": 0, "holdout_share": 0}
    campaign = builders.campaign(**(defaults | fields))
    Option.objects.filter(channel="email").update(capacity=capacity, unit_cost_cents=4)
    return planning.make(builders.wave(campaign, state="draft"), version=None, as_of_at=timezone.now())


def told(plan: Plan) -> dict:
    what_if.compute(plan.pk)
    plan.refresh_from_db()
    return plan.what_if


def nobody(*_) -> None:
    pytest.fail("a worker was woken")


def test_more_budget_never_earns_less_and_no_point_exceeds_its_bound() -> None:
    points = told(planned())["points"]
    margins = [point["margin"] for point in points]
    assert len(points) == what_if.POINTS
    assert margins == sorted(margins)
    assert (points[0]["budget"], points[0]["cost"]) == (0, 0)
    assert all(point["margin"] <= point["bound"] + 0.01 and point["cost"] <= point["budget"] + 0.01 for point in points)


def test_a_plan_without_exploration_is_the_best_for_its_budget() -> None:
    plan = planned()
    assert told(plan)["best"] == pytest.approx(plan.value_cents)


def test_exploration_is_seen_as_what_the_plan_earns_less() -> None:
    plan = planned(exploration_share=1)
    assert told(plan)["best"] > plan.value_cents


def test_what_a_capacity_costs_is_said_and_what_costs_nothing_is_not() -> None:
    plan = planned(capacity=3, budget_cents=10_000)
    email = Option.objects.get(channel="email")
    [limit] = told(plan)["without"]
    assert limit["limit"] == str(email.pk)
    assert limit["gain"] > 0
    assert told(planned(budget_cents=10_000))["without"] == []


def test_what_minimum_runs_cost_is_said_for_all_of_them_together() -> None:
    plan = planned(budget_cents=10_000)
    Option.objects.filter(channel="banner").update(minimum_run=1_000)
    Option.objects.filter(channel="email").update(capacity=3)
    gains = {one["limit"]: one["gain"] for one in told(plan)["without"]}
    assert gains[what_if.MINIMUM_RUNS] > 0


def test_a_small_plan_is_computed_at_once_and_only_once(monkeypatch) -> None:
    plan = planned()
    assert what_if.ask(plan, worker=nobody)
    assert plan.what_if["points"]
    monkeypatch.setattr(what_if, "compute", nobody)
    assert what_if.ask(plan, worker=nobody)


def test_for_a_large_plan_one_worker_is_woken_once(monkeypatch) -> None:
    monkeypatch.setattr(what_if, "AT_ONCE", 0)
    plan, woken = planned(), []
    assert [what_if.ask(plan, worker=woken.append) for _ in range(2)] == [False, False]
    assert woken == [plan.pk]
    what_if.compute(plan.pk)
    plan.refresh_from_db()
    assert what_if.ask(plan, worker=nobody)


def test_a_plan_that_is_gone_is_left_alone() -> None:
    plan = planned()
    Plan.objects.all().delete()
    what_if.compute(plan.pk)


def test_where_the_options_are_gone_the_plan_says_that_it_cannot_be_computed() -> None:
    plan = planned()
    Option.objects.all().update(campaign=builders.campaign(channels=()))
    assert "no options" in told(plan)["failure"]
    assert what_if.ask(plan, worker=nobody)


def test_a_zero_budget_has_a_curve_as_well() -> None:
    points = told(planned(budget_cents=0))["points"]
    assert points[-1]["margin"] > points[0]["margin"]
