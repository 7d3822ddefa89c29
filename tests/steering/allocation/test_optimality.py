"""Plans keep every rule, never beat the optimum, come near it, and their bound is true."""

import numpy as np
import pytest
from hypothesis import given, settings

from steering.allocation import Problem, random_assignment, solve

from .instances import best_by_milp, best_by_trying, broken_rules, largest_unit, problems, value_of


@settings(max_examples=300)
@given(problems())
def test_plan_keeps_every_rule(problem):
    solution = solve(problem)
    assert not broken_rules(problem, solution.choice, solution.opened_areas)
    assert solution.feasible
    assert solution.value == pytest.approx(value_of(problem, solution.choice, solution.opened_areas))


@settings(max_examples=200)
@given(problems())
def test_value_and_bound_enclose_the_optimum(problem):
    solution, best = solve(problem), best_by_trying(problem)
    assert solution.value <= best + 1e-6
    assert solution.dual_bound >= best - 1e-6


@settings(max_examples=200)
@given(problems(with_units=False))
def test_value_is_within_one_unit_per_limit_of_the_optimum(problem):
    limited = 1 + np.isfinite(problem.limits).sum()
    assert solve(problem).value >= best_by_trying(problem) - limited * largest_unit(problem) - 1e-6


@settings(max_examples=200)
@given(problems())
def test_random_assignment_keeps_every_rule(problem):
    plan = random_assignment(problem, seed=3)
    assert not broken_rules(problem, plan.choice, plan.opened_areas)
    assert plan.value == pytest.approx(value_of(problem, plan.choice, plan.opened_areas))


@pytest.mark.parametrize("seed", range(8))
def test_customers_alone_are_planned_as_highs_does(seed):
    rng = np.random.default_rng(seed)
    n, m = 120, 4
    values = np.where(rng.random((n, m)) < 0.3, -np.inf, rng.lognormal(3, 1, (n, m)) - 10)
    costs = rng.integers(1, 60, (n, m)).astype(float) if seed % 2 else rng.integers(1, 60, m).astype(float)
    problem = Problem(values, costs, budget=20.0 * n, capacities=np.array([30.0, 15.0, np.inf, 40.0]))
    solution, best = solve(problem), best_by_milp(problem)
    assert solution.value <= best + 1e-6 <= solution.dual_bound + 2e-6
    assert solution.value >= 0.99 * best


@pytest.mark.parametrize("seed", range(8))
def test_households_and_areas_are_planned_nearly_as_highs_does(seed):
    problem = problem_with_units(300, areas=25, seed=seed)
    solution, best = solve(problem), best_by_milp(problem)
    assert not broken_rules(problem, solution.choice, solution.opened_areas)
    assert solution.value <= best + 1e-6 <= solution.dual_bound + 2e-6
    assert solution.value >= 0.97 * best


def problem_with_units(n, *, areas, seed):
    rng = np.random.default_rng(seed)
    household = rng.integers(-1, n // 2, n)
    area = np.where(household >= 0, rng.integers(-1, areas, n // 2)[household], -1)
    costs = np.array([1.0, 3.0, 80.0, 0.0])
    values = rng.lognormal(3, 1, (n, 1)) * rng.uniform(0.2, 2, (n, 4)) * [0.3, 0.2, 4.0, 1.5] - costs
    values[rng.random((n, 4)) < 0.25] = -np.inf
    size = np.bincount(area[area >= 0], minlength=areas).astype(float)
    return Problem(
        values,
        costs,
        budget=12.0 * n,
        capacities=np.array([0.4 * n, 0.3 * n, 0.15 * n, 0.4 * n]),
        household=household,
        print_options=(2,),
        area=area,
        area_option=3,
        area_costs=18.0 * size + 40,
        area_pieces=size,
    )


@pytest.mark.parametrize("seed", range(2))
def test_many_customers_are_planned_within_a_thousandth_of_the_bound(seed):
    rng = np.random.default_rng(seed)
    n, m = 100_000, 5
    values = rng.lognormal(2, 1, (n, 1)) * rng.uniform(0, 2, (n, m)) - 2
    problem = Problem(values, rng.uniform(1, 10, (n, m)), budget=2.0 * n, capacities=np.full(m, 0.09 * n))
    solution = solve(problem, seed=seed)
    assert solution.feasible
    assert solution.gap < 0.001
    assert solution.value > 2 * random_assignment(problem, seed=seed).value


def test_many_households_and_areas_are_planned_within_a_hundredth_of_the_bound():
    problem = problem_with_units(100_000, areas=2_500, seed=1)
    solution = solve(problem)
    assert solution.feasible
    assert solution.gap < 0.01
    assert solution.opened_areas.any()
    assert not solution.opened_areas.all()
