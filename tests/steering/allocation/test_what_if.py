"""The curve of margin against budget rises, flattens and ends where more money changes nothing; limits tell what they earn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _instances, _small
from steering.allocation import Problem, Rule, solve
from steering.allocation.what_if import budget_curve, sensitivity

SEEDS = st.integers(0, 2**32 - 1)


def instance(values, *, cost=1.0, **limits):
    values = np.array(values, dtype=float)
    return Problem(values, np.full(values.shape[1], cost), **limits)


def test_twenty_points_from_no_money_to_more_than_can_be_spent():
    curve = budget_curve(_instances.personal(150))
    assert curve.budgets.size == 20
    assert curve.budgets[0] == curve.costs[0] == 0.0
    assert curve.prices[0] > 0
    assert curve.prices[-1] == pytest.approx(0.0, abs=1e-9)
    assert curve.costs[-1] < curve.budgets[-1]
    assert curve.margins[-1] == pytest.approx(curve.margins[-2], rel=1e-6)


def test_more_money_never_earns_less_and_every_euro_earns_less_than_the_one_before():
    curve = budget_curve(_instances.personal(150))
    assert (np.diff(curve.margins) >= 0).all()
    assert (np.diff(curve.prices) <= 1e-3 * curve.prices[0]).all()
    assert (curve.margins <= curve.bounds + 1e-6).all()
    assert (curve.costs <= curve.budgets + 1e-6).all()


def test_the_curve_goes_through_the_plan_for_its_budget():
    problem = _instances.personal(150)
    curve, plan = budget_curve(problem, points=20), solve(problem)
    assert np.interp(problem.budget, curve.budgets, curve.margins) == pytest.approx(plan.value, rel=0.02)


def test_a_large_audience_is_asked_by_a_sample_that_tells_its_error():
    problem = _instances.personal(2_000)
    whole, asked = budget_curve(problem, points=5), budget_curve(problem, points=5, most_customers=500)
    assert whole.share == 1.0
    assert not whole.errors.any()
    assert asked.share == pytest.approx(0.25, abs=0.02)
    middle = np.interp(whole.budgets[2], asked.budgets, asked.margins)
    assert abs(middle - whole.margins[2]) < 4 * asked.errors[2]
    assert 0 < asked.errors[2] < 0.5 * whole.margins[2]


def test_a_sample_keeps_areas_and_households_whole():
    problem = _instances.households_and_areas(1_200, areas=60, seed=2)
    whole, asked = budget_curve(problem, points=3), budget_curve(problem, points=3, most_customers=600)
    assert asked.errors[-1] > 0
    assert abs(asked.margins[-1] - whole.margins[-1]) < 4 * asked.errors[-1]


def test_a_budget_that_cannot_pay_for_what_must_be_is_marked():
    problem = instance([[5.0], [4.0]], rules=(Rule.least("one", 1.0),))
    curve = budget_curve(problem, points=4)
    assert not curve.feasible[0]
    assert curve.feasible[1:].any()


def test_nobody_and_nothing_worth_doing_are_a_flat_curve():
    for values in (np.empty((0, 2)), [[-1.0, -2.0]]):
        curve = budget_curve(instance(values), points=4)
        assert not curve.margins.any()
        assert not curve.costs.any()


def test_one_point_is_no_curve():
    with pytest.raises(ValueError, match="points must be at least 2, got 1"):
        budget_curve(instance([[1.0]]), points=1)


@settings(max_examples=15)
@given(seed=SEEDS)
def test_curves_of_all_kinds_of_problems_rise(seed):
    problem = _small.anything(np.random.default_rng(seed))
    curve = budget_curve(problem, points=5)
    can = np.flatnonzero(curve.feasible)
    assert (np.diff(curve.margins[can]) >= -1e-6).all()
    assert (curve.margins[can] <= curve.bounds[can] + 1e-6 * (1 + np.abs(curve.bounds[can]))).all()


def test_sensitivity_tells_what_each_limit_would_earn_by_its_price_and_by_solving_again():
    problem = instance(np.arange(1.0, 101.0)[:, None], cost=4.0, budget=80.0, capacities=np.array([90.0]))
    budget, capacity = sensitivity(problem, solve(problem), step=0.1, again=True)
    assert (budget.name, budget.step) == ("budget", 8.0)
    assert budget.by_price == pytest.approx(2 * 80.5, rel=0.05)
    assert (budget.relaxed, budget.tightened) == (80.0 + 79.0, -(81.0 + 82.0))
    assert (capacity.name, capacity.price, capacity.relaxed, capacity.tightened) == ("capacity 0", 0.0, 0.0, 0.0)


def test_relaxing_a_minimum_is_asking_for_less():
    problem = instance([[-1.0], [-2.0], [-3.0]], rules=(Rule.least("two", 2.0),))
    (least,) = sensitivity(problem, solve(problem), step=0.5, again=True)
    assert (least.step, least.relaxed, least.tightened) == (1.0, 2.0, -3.0)


def test_a_share_is_relaxed_by_a_unit_beside_it():
    half = Rule.most("half", 0.5, options=np.array([True, False]), of=Rule.most("all", 0.0))
    problem = instance([[9.0, 1.0]] * 4, rules=(half,))
    (share,) = sensitivity(problem, solve(problem), step=1.0, again=True)
    assert (share.relaxed, share.tightened) == (8.0, -8.0)


def test_without_solving_again_only_prices_are_told():
    (budget,) = sensitivity(instance([[5.0]], budget=1.0), solve(instance([[5.0]], budget=1.0)))
    assert (budget.relaxed, budget.tightened) == (None, None)
