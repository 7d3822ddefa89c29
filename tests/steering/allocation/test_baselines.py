"""Simpler plans keep every rule too, never beat the optimum, and say where a minimum was not reached."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _instances, _milp, _small
from steering.allocation import PersonalRule, Problem, Rule, argmax_then_cut, greedy, random_assignment, solve

from .referee import Referee

SEEDS = st.integers(0, 2**32 - 1)
BASELINES = [greedy, argmax_then_cut, partial(random_assignment, seed=3)]
NAMES = ["greedy", "argmax", "random"]
OF_CUSTOMERS = {"contact limit", "campaign", "leaflet and more", "eligible", "locked", "area", "leaflets", "household"}


@pytest.mark.parametrize("baseline", BASELINES, ids=NAMES)
@settings(max_examples=120)
@given(seed=SEEDS)
def test_every_rule_that_is_said_to_be_kept_is_kept(baseline, seed):
    problem = _small.anything(np.random.default_rng(seed))
    plan = baseline(problem)
    referee = Referee(problem, plan.chosen, plan.opened_areas)
    assert referee.broken() - _broken_by_what_is_locked(problem) <= set(plan.unmet)
    assert plan.value == pytest.approx(referee.value)
    assert plan.feasible == (not plan.unmet)


@pytest.mark.parametrize("baseline", BASELINES, ids=NAMES)
@settings(max_examples=120)
@given(seed=SEEDS)
def test_only_minimums_and_what_is_locked_can_make_a_plan_infeasible(baseline, seed):
    problem = _small.anything(np.random.default_rng(seed))
    if problem.locked is None and all(rule.sense == "at most" for rule in problem.rules):
        assert baseline(problem).feasible


@pytest.mark.parametrize("baseline", BASELINES, ids=NAMES)
@settings(max_examples=80)
@given(seed=SEEDS)
def test_no_baseline_beats_the_optimum(baseline, seed):
    problem = _small.anything(np.random.default_rng(seed))
    plan = baseline(problem)
    if plan.feasible:
        assert plan.value <= _milp.optimum(problem).bound + 1e-6


def _broken_by_what_is_locked(problem):
    """Rules of one customer or household that were broken before anything was decided."""
    if problem.locked is None:
        return set()
    opened = np.zeros((problem.n_areas, len(problem.area_options)), dtype=bool)
    broken = Referee(problem, problem.locked, opened).broken()
    return broken & (OF_CUSTOMERS | {rule.name for rule in problem.personal_rules})


def instance(values, *, costs=None, **limits):
    values = np.array(values, dtype=float)
    return Problem(values, np.ones(values.shape[1]) if costs is None else np.array(costs, dtype=float), **limits)


def test_greedy_takes_the_best_first_and_stops_where_there_is_no_room():
    plan = greedy(instance([[5.0], [9.0], [7.0]], capacities=np.array([2.0])))
    assert plan.choice.tolist() == [-1, 0, 0]


def test_greedy_gives_a_second_best_where_the_best_is_gone():
    plan = greedy(instance([[9.0, 1.0], [8.0, 2.0]], capacities=np.array([1.0, 9.0])))
    assert plan.choice.tolist() == [0, 1]


def test_argmax_then_cut_gives_no_second_best():
    plan = argmax_then_cut(instance([[9.0, 1.0], [8.0, 2.0]], capacities=np.array([1.0, 9.0])))
    assert plan.choice.tolist() == [0, -1]


def test_greedy_spends_by_value_per_cent_where_that_earns_more():
    plan = greedy(instance([[10.0], [9.0], [8.0]], costs=[[10], [3], [3]], budget=6.0))
    assert plan.choice.tolist() == [-1, 0, 0]


def test_a_minimum_is_reached_though_it_costs_value():
    least = Rule.least("letters", 2, options=np.array([False, True]))
    plan = greedy(instance([[5.0, -1.0], [5.0, -3.0], [5.0, -2.0]], rules=(least,)))
    assert plan.choice.tolist() == [1, 0, 1]
    assert plan.feasible


def test_a_minimum_out_of_reach_is_named_with_what_it_lacks():
    plan = greedy(instance([[5.0], [5.0]], rules=(Rule.least("five", 5),)))
    assert not plan.feasible
    assert plan.unmet == {"five": 3.0}


def test_an_option_below_its_minimum_run_is_left_out_altogether():
    plan = greedy(instance([[1.0, 5.0], [1.0, -5.0]], minimum_runs=np.array([0.0, 2.0])))
    assert plan.choice.tolist() == [0, 0]


def test_campaigns_give_one_option_each_within_the_contact_limit():
    problem = instance([[5.0, 4.0, 3.0]], campaigns=np.array([0, 0, 1]), contact_limit=2)
    assert greedy(problem).chosen.tolist() == [[True, False, True]]


def test_a_personal_rule_bars_what_goes_beyond_it():
    one_of_both = PersonalRule("not both", 1.0)
    problem = instance([[5.0, 4.0]], campaigns=np.array([0, 1]), contact_limit=2, personal_rules=(one_of_both,))
    assert greedy(problem).chosen.tolist() == [[True, False]]


def test_a_share_grows_with_what_it_is_a_share_of():
    half = Rule.most("half", 0.5, options=np.array([True, False]), of=Rule.most("all", 0.0))
    problem = instance([[9.0, 1.0]] * 4, rules=(half,))
    plan = greedy(problem)
    assert plan.feasible
    assert plan.chosen.any(axis=0).all()


def test_random_plans_differ_by_seed_and_repeat_by_seed():
    problem = instance(np.ones((200, 3)), budget=100.0)
    first, again, other = (random_assignment(problem, seed=seed).choice for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_the_best_plan_beats_simpler_ones_where_limits_bind():
    rng = np.random.default_rng(5)
    problem = instance(
        rng.lognormal(2, 1, (2_000, 3)), costs=[5.0, 9.0, 20.0], budget=8_000.0, capacities=np.full(3, 600.0)
    )
    best = solve(problem).value
    assert best > greedy(problem).value > random_assignment(problem, seed=1).value
    assert best > argmax_then_cut(problem).value


def test_half_as_precise_numbers_stay_within_the_limits_too():
    problem = _instances.personal(3_000)
    small = replace(problem, values=problem.values.astype(np.float32), costs=problem.costs.astype(np.float32))
    plan = greedy(small)
    spent = small.costs.astype(float)[plan.chosen].sum()
    assert plan.feasible
    assert plan.used[0] == pytest.approx(spent, rel=1e-12)
    assert spent <= problem.budget
