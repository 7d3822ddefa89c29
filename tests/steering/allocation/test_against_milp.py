"""Plans of every kind of problem are within every rule, near the optimum of HiGHS, and below a bound that is true."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _milp, _small
from steering.allocation import solve

from .referee import Referee

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = int(os.environ.get("ALLOCATION_EXAMPLES", "250"))  # thousands now and then: ALLOCATION_EXAMPLES=5000
SAMPLE = 150


def gap_of(value, optimum):
    """Of what is at stake: where the best plan is worth next to nothing, a cent is not a large part of it."""
    return max(optimum - value, 0.0) / max(abs(optimum), 10.0)


@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_a_plan_keeps_what_it_says_it_keeps_and_its_bound_is_true(seed):
    problem = _small.anything(np.random.default_rng(seed))
    solution, best = solve(problem), _milp.optimum(problem)
    referee = Referee(problem, solution.chosen, solution.opened_areas)
    assert solution.value == pytest.approx(referee.value, abs=1e-6)
    if best.chosen is None:
        assert not solution.feasible
        assert solution.unmet
        return
    assert solution.dual_bound >= best.value - 1e-6 * max(1.0, abs(best.value))
    if solution.feasible:
        assert not referee.broken() - what_is_locked_breaks(problem)
        assert solution.value <= best.value + 1e-6 * max(1.0, abs(best.value))


@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_a_plan_is_found_wherever_only_limits_from_above_are_set(seed):
    problem = _small.anything(np.random.default_rng(seed))
    if problem.locked is None and all(rule.sense == "at most" for rule in problem.rules):
        assert solve(problem).feasible


def test_plans_are_near_the_optimum_and_nearly_always_are_it():
    gaps, missed = [], 0
    for seed in range(SAMPLE):
        problem = _small.anything(np.random.default_rng([9, seed]))
        solution, best = solve(problem), _milp.optimum(problem)
        if best.chosen is None:
            continue
        missed += not solution.feasible
        if solution.feasible:
            gaps.append(gap_of(solution.value, best.value))
    assert missed <= 0.02 * SAMPLE
    assert np.mean(gaps) < 0.01
    assert np.mean(np.array(gaps) < 1e-9) > 0.9


def what_is_locked_breaks(problem):
    """Rules of one customer or one household that were broken before anything was decided."""
    if problem.locked is None:
        return set()
    opened = np.zeros((problem.n_areas, len(problem.area_options)), dtype=bool)
    broken = Referee(problem, problem.locked, opened).broken()
    return broken & ({"contact limit", "campaign", "eligible", "household"} | {r.name for r in problem.personal_rules})
