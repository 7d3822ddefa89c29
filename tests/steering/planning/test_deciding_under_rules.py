"""A decision keeps rules, minimum runs and contact limits beside chance, or says what is lacking."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.allocation import PersonalRule, Problem, Rule, checked
from steering.allocation.amounts import bounds_of, limits_of, of_areas, of_pairs
from steering.planning.deciding import NO_CONTACT, decide, decide_together
from steering.planning.problem import without
from steering.planning.scene import Asked
from tests.steering.allocation.instances import problems
from tests.steering.planning.test_deciding import rivals

SHARES = st.sampled_from([0.0, 0.3, 1.0])
KINDS = ("count", "cost", "value")


def nobody(problem: Problem) -> np.ndarray:
    return np.zeros(problem.n_customers, dtype=bool)


def chosen_of(problem: Problem, *decisions) -> np.ndarray:
    """(n, m) what everybody gets."""
    chosen = np.zeros(problem.values.shape, dtype=bool)
    for made in decisions:
        rows = np.flatnonzero(made.choice >= 0)
        chosen[rows, made.choice[rows]] = True
    return chosen


def broken(problem: Problem, *decisions) -> list[str]:
    """Names of limits and rules that are not kept."""
    problem = checked(problem)
    chosen = chosen_of(problem, *decisions)
    chosen[:, list(problem.area_options)] = False
    rows, options = np.nonzero(chosen)
    limits = limits_of(problem)
    used = np.array([of_pairs(problem, limit, rows, options).sum() for limit in limits])
    for made in decisions:
        if made.leaflet is not None and made.opened_areas.any():
            covered = np.zeros((problem.n_customers, len(problem.area_options)), dtype=bool)
            covered[:, made.leaflet] = made.reached
            used += [each[made.opened_areas, made.leaflet].sum() for each in of_areas(problem, covered)]
    room = bounds_of(limits)
    found = [
        limit.name for limit, is_over in zip(limits, used > room + 1e-6 * (1 + np.abs(room)), strict=True) if is_over
    ]
    pieces = chosen.sum(axis=0)
    runs = problem.minimum_runs
    found += [f"run {j}" for j in np.flatnonzero((pieces > 0) & (pieces < runs)) if j not in problem.area_options]
    return found + _broken_for_one(problem, chosen)


def _broken_for_one(problem: Problem, chosen: np.ndarray) -> list[str]:
    found = []
    costs = np.broadcast_to(problem.costs, chosen.shape)
    for rule in problem.personal_rules:
        about = chosen if rule.options is None else chosen & rule.options
        amount = (about * (costs if rule.amount == "cost" else 1.0)).sum(axis=1)
        concerned = np.ones(len(chosen), bool) if rule.customers is None else rule.customers
        if (amount[concerned] > rule.most[concerned] + 1e-9).any():
            found.append(rule.name)
    if (chosen.sum(axis=1) > problem.contact_limit).any():
        found.append("contacts")
    return found


@st.composite
def ruled_problems(draw):
    """Small problems with some rules, minimum runs and the policy for leaflets."""
    problem = draw(problems(most_customers=7))
    n, m = problem.values.shape
    mask = lambda size: np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=bool)  # noqa: E731
    rules = []
    for number in range(draw(st.integers(0, 3))):
        sense = draw(st.sampled_from(["at most", "at most", "at least"]))
        amount = draw(st.sampled_from(KINDS))
        if draw(st.booleans()):
            whole = Rule("whole", sense, 0.0, amount=amount)
            rule = Rule(
                f"rule {number}", sense, draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])), mask(m), mask(n), amount, whole
            )
        else:
            rule = Rule(f"rule {number}", sense, float(draw(st.integers(0, 12))), mask(m), mask(n), amount)
        rules.append(rule)
    runs = np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 2.0, 3.0]), min_size=m, max_size=m)))
    return replace(problem, rules=tuple(rules), minimum_runs=runs, on_top=bool(problem.n_areas) and draw(st.booleans()))


@settings(max_examples=60)
@given(ruled_problems(), SHARES, st.integers(0, 3))
def test_rules_and_minimum_runs_are_kept_or_what_they_lack_is_said(problem, share, seed):
    made = decide(problem, is_holdout=nobody(problem), holdout_share=0.0, share=share, seed=seed)
    if not made.unmet:
        assert broken(problem, made) == []
        assert made.value <= made.dual_bound + 1e-6
    known = made.propensity[~np.isnan(made.propensity)]
    assert ((known >= 0) & (known <= 1 + 1e-9)).all()


@settings(max_examples=30)
@given(ruled_problems(), st.integers(0, 3))
def test_rules_that_say_at_most_never_make_a_plan_impossible(problem, seed):
    problem = replace(
        problem, rules=tuple(rule for rule in problem.rules if rule.sense == "at most" and rule.amount != "value")
    )
    made = decide(problem, is_holdout=nobody(problem), holdout_share=0.0, share=0.3, seed=seed)
    assert made.unmet == {}


def some_problem(n=600, *, m=3, seed=1, **changes) -> Problem:
    rng = np.random.default_rng(seed)
    values = rng.normal(5, 10, (n, m))
    values[rng.random((n, m)) < 0.2] = -np.inf
    return replace(Problem(values=values, costs=np.array([1.0, 2.0, 5.0])[:m]), **changes)


def test_minimums_count_what_explorers_drew():
    north = np.arange(600) < 200
    values = np.full((600, 3), -5.0)  # the optimised part alone would send nothing
    least = Rule("north", "at least", 60, customers=north)
    made = decide(
        some_problem(values=values, rules=(least,)),
        is_holdout=np.zeros(600, bool),
        holdout_share=0.0,
        share=0.2,
        seed=1,
    )
    assert made.unmet == {}
    assert (made.choice[north] >= 0).sum() == 60
    assert ((made.choice >= 0) & made.is_exploration & north).sum() > 10


def test_a_minimum_that_nobody_can_fill_is_said_by_name_and_amount():
    least = Rule("north", "at least", 250, customers=np.arange(600) < 200)
    made = decide(some_problem(rules=(least,)), is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.0, seed=1)
    assert list(made.unmet) == ["north"]
    assert made.unmet["north"] >= 50


def test_explorers_draw_nothing_of_what_is_not_run():
    """Option 2 is worth something to few, so its minimum run is not made, by nobody."""
    values = np.full((600, 3), [5.0, 4.0, -3.0])
    values[:20, 2] = 50.0
    problem = some_problem(values=values, minimum_runs=np.array([0.0, 0.0, 500.0]))
    made = decide(problem, is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.5, seed=1)
    assert not (made.choice == 2).any()
    assert not np.isnan(made.propensity).any()
    explored = np.flatnonzero(made.is_exploration & (made.choice == NO_CONTACT))
    assert made.propensity[explored] == pytest.approx(0.5 / 3)


def test_a_minimum_run_is_met_with_explorers_among_it():
    values = np.full((600, 3), [5.0, 4.0, 4.5])
    problem = some_problem(
        values=values, minimum_runs=np.array([0.0, 0.0, 300.0]), capacities=np.array([200.0, 100, np.inf])
    )
    made = decide(problem, is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.3, seed=1)
    assert (made.choice == 2).sum() >= 300


def test_choices_under_a_rule_are_made_with_the_propensity_that_is_written_down():
    """Over many seeds the inverse of the propensity makes every choice count once (Horvitz and Thompson)."""
    north = np.arange(600) < 300
    most = Rule("north", "at most", 90, options=np.array([True, True, False]), customers=north)
    problem, times = some_problem(rules=(most,)), 50
    weights, missing = np.zeros((2, 4)), 0
    for seed in range(times):
        made = decide(problem, is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.5, seed=seed)
        known = ~np.isnan(made.propensity)
        missing += (~known).sum()
        for side, is_side in enumerate((north, ~north)):
            rows = known & is_side
            weights[side] += np.bincount(made.choice[rows] + 1, weights=1 / made.propensity[rows], minlength=4)
    for side, is_side in enumerate((north, ~north)):
        eligible = (problem.values[is_side] > -np.inf).sum(axis=0)
        assert weights[side] / times == pytest.approx([300, *eligible], rel=0.2)
    assert missing / (times * 600) < 2e-3


def test_thompson_draws_the_promising_more_often_and_logs_it():
    values = np.full((600, 3), [5.0, -5.0, -30.0])
    made = decide(
        some_problem(values=values), is_holdout=np.zeros(600, bool), holdout_share=0.0, share=1.0, seed=1,
        errors=np.array([5.0, 5.0, 5.0]),
    )  # fmt: skip
    counts = np.bincount(made.choice + 1, minlength=4)
    assert counts[1] > 3 * counts[2] > 3 * counts[3]
    for option in range(3):
        chance = made.propensity[made.choice == option]
        assert chance == pytest.approx(np.full(chance.size, counts[option + 1] / 600), abs=0.06)


def with_areas(problem: Problem, **changes) -> Problem:
    n = problem.n_customers
    return replace(
        problem, area=np.arange(n) % 20, area_options=(2,), area_costs=np.full((20, 1), 30.0),
        area_pieces=np.full((20, 1), 20.0), **changes,
    )  # fmt: skip


def test_a_leaflet_on_top_comes_beside_what_a_customer_gets():
    problem = with_areas(some_problem(values=np.full((600, 3), 5.0)), on_top=True)
    made = decide(problem, is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.0, seed=1)
    assert made.reached.all()
    assert (made.choice < 2).all()
    assert made.on_top.all()
    assert made.cost.sum() == pytest.approx(600 * 1.0 + 20 * 30.0)
    assert made.value == pytest.approx(600 * 5 + 600 * 5 - 600)  # values of personal options are net
    assert np.isnan(made.propensity).all()


def test_on_top_or_not_the_chance_of_a_leaflet_is_known_where_nothing_else_was_sent():
    values = np.full((600, 3), [-np.inf, -np.inf, 5.0])
    for on_top in (False, True):
        made = decide(
            with_areas(some_problem(values=values), on_top=on_top), is_holdout=np.zeros(600, bool), holdout_share=0.0,
            share=0.4, seed=1,
        )  # fmt: skip
        assert not np.isnan(made.propensity).any()
        assert made.reached.any()


def two_campaigns(n=600, *, most=1, shares=(0.2, 0.3), held=None, **changes):
    problem = some_problem(n, seed=3, m=3)
    values = np.column_stack([problem.values, problem.values[:, ::-1] + 1])
    first = np.arange(6) < 3
    whole = Problem(
        values=values, costs=np.array([1.0, 2, 5, 5, 2, 1]), campaigns=(~first).astype(int), contact_limit=most,
        rules=(Rule("budget 0", "at most", 500, first, amount="cost"), Rule("budget 1", "at most", 700, ~first, amount="cost")),
    )  # fmt: skip
    held = np.zeros((n, 2), dtype=bool) if held is None else held
    asked = [
        Asked(first, held[:, 0], 0.1, shares[0], 1, budget_limit=7),
        Asked(~first, held[:, 1], 0.1, shares[1], 2, budget_limit=8),
    ]
    return replace(whole, **changes), asked


@pytest.mark.parametrize("most", [1, 2])
def test_campaigns_together_keep_the_contact_limit_and_each_its_budget(most):
    problem, asked = two_campaigns(most=most)
    made = decide_together(problem, asked, channels=["a", "b", "c"] * 2)
    assert broken(problem, *made) == []
    assert sum(one.value for one in made) <= made[0].dual_bound + made[1].value + 1e-6
    assert all((one.choice >= 0).sum() > 50 for one in made)
    both = (made[0].choice >= 0) & (made[1].choice >= 0)
    assert both.any() == (most == 2)
    assert not (made[0].is_exploration & made[1].is_exploration).any()


def test_each_campaign_holds_its_own_customers_out():
    held = np.column_stack([np.arange(600) < 60, (np.arange(600) >= 30) & (np.arange(600) < 90)])
    problem, asked = two_campaigns(held=held)
    made = decide_together(problem, asked, channels=())
    for one, is_held in zip(made, held.T, strict=True):
        assert (one.choice[is_held] == NO_CONTACT).all()
    assert (made[1].choice[held[:, 0] & ~held[:, 1]] >= 0).any()


@pytest.mark.parametrize("most", [1, 2])
def test_campaigns_together_choose_with_the_propensities_that_are_written_down(most):
    problem, _ = two_campaigns()
    problem = replace(problem, rules=(), contact_limit=most)
    times, n = 100, 600
    weights = np.zeros((2, 7))
    for seed in range(times):
        first = np.arange(6) < 3
        asked = [Asked(own, np.zeros(n, bool), 0.0, share, seed) for own, share in ((first, 0.4), (~first, 0.5))]
        for number, made in enumerate(decide_together(problem, asked, channels=())):
            assert not np.isnan(made.propensity).any()
            weights[number] += np.bincount(made.choice + 1, weights=1 / made.propensity, minlength=7)
    eligible = (problem.values > -np.inf).sum(axis=0)
    for number in range(2):
        own = slice(1 + 3 * number, 4 + 3 * number)
        assert weights[number, 0] / times == pytest.approx(n, rel=0.08)
        assert weights[number, own] / times == pytest.approx(eligible[3 * number : 3 * number + 3], rel=0.12)


def test_what_was_sent_before_counts_and_stays():
    locked = np.zeros((600, 3), dtype=bool)
    locked[:100, 2] = True
    problem = some_problem(locked=locked, capacities=np.array([np.inf, np.inf, 120.0]))
    made = decide(problem, is_holdout=np.zeros(600, bool), holdout_share=0.0, share=0.3, seed=1)
    assert (made.choice[:100] == 2).all()
    assert (made.choice == 2).sum() <= 120
    assert np.isnan(made.propensity[:100]).all()


def test_a_rule_for_each_customer_between_campaigns_leaves_their_chances_unknown():
    problem, asked = two_campaigns(most=2)
    about = np.array([True, False, False, True, False, False])
    problem = replace(problem, personal_rules=(PersonalRule("not both", 1, about, np.arange(600) < 300),))
    made = decide_together(problem, asked, channels=())
    assert broken(problem, *made) == []
    assert np.isnan(made[0].propensity[:300]).any()
    assert not np.isnan(made[0].propensity[300:]).any()


def test_nobody_is_decided_about():
    problem = Problem(values=np.empty((0, 2)), costs=np.ones(2), rules=(Rule("some", "at most", 1),))
    made = decide(problem, is_holdout=np.zeros(0, bool), holdout_share=0.1, share=0.1, seed=1)
    assert (made.choice.size, made.value) == (0, 0.0)
    assert without(problem, np.zeros(0, bool)).values.shape == (0, 2)


@settings(max_examples=40)
@given(ruled_problems(), st.sampled_from([0.0, 0.3]), st.integers(0, 3))
def test_no_plan_for_the_same_draws_is_worth_more_than_the_bound_under_rules(problem, share, seed):
    problem = replace(problem, minimum_runs=None)
    made = decide(problem, is_holdout=nobody(problem), holdout_share=0.0, share=share, seed=seed)
    for rival in rivals(problem, share=share, seed=seed):
        if not (made.unmet or rival.unmet):
            assert rival.value <= made.dual_bound + 1e-6
