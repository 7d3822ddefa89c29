"""Prices by the size of the run: the plan against every plan there is, priced by the pieces that it has."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.allocation import Problem, Rule
from steering.allocation.tiers import CLOSED, Step, Stepped, choose

CLOSE = 1e-6


def true_worth(stepped, choice):
    """After all costs, each run at the price of the pieces that it has; None where a limit is broken."""
    problem, value, paid = stepped.problem, 0.0, 0.0
    for option in range(problem.n_options):
        rows = np.flatnonzero(choice == option)
        value += problem.values[rows, option].sum()
        if not rows.size:
            continue
        if problem.capacities is not None and rows.size > problem.capacities[option]:
            return None
        if problem.minimum_runs is not None and rows.size < problem.minimum_runs[option]:
            return None
        if option not in stepped.steps:
            paid += problem.costs[option] * rows.size
            continue
        reached = [step for step in stepped.steps[option] if step.least <= rows.size]
        if not reached:
            return None
        own = float(np.broadcast_to(reached[-1].costs, choice.size)[rows].sum())
        paid += own + reached[-1].fixed
        value -= own + reached[-1].fixed
    if paid > problem.budget + CLOSE or not np.isfinite(value):
        return None
    return value


def best_of_all(stepped):
    n, m = stepped.problem.values.shape
    worths = (true_worth(stepped, np.array(choice)) for choice in product(range(-1, m), repeat=n))
    return max(worth for worth in worths if worth is not None)


MONEY = st.integers(0, 60)


@st.composite
def instances(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    values = np.array(
        draw(st.lists(st.lists(st.integers(-10, 80), min_size=m, max_size=m), min_size=n, max_size=n)), float
    )
    values[np.array(draw(st.lists(st.booleans(), min_size=n * m, max_size=n * m))).reshape(n, m)] = -np.inf
    costs = np.zeros(m)
    steps = {}
    for option in range(m):
        if option and draw(st.booleans()):
            costs[option] = 0.0
            continue
        leasts = sorted(draw(st.sets(st.integers(1, 5), min_size=1, max_size=3)))
        steps[option] = [
            Step(
                least,
                draw(MONEY.map(float)) if draw(st.booleans()) else np.array([float(draw(MONEY)) for _ in range(n)]),
                float(draw(st.sampled_from([0, 0, 5, 40]))),
            )
            for least in leasts
        ]
    problem = Problem(
        values=values,
        costs=costs,
        budget=float(draw(st.sampled_from([10, 60, 120, 10_000]))),
        capacities=np.array([float(draw(st.sampled_from([1, 3, 99]))) for _ in range(m)]),
        minimum_runs=np.array([float(draw(st.sampled_from([0, 0, 2]))) for _ in range(m)]),
    )
    return Stepped(problem, steps)


@settings(max_examples=25)
@given(stepped=instances())
def test_the_plan_is_the_best_of_all_at_the_prices_of_the_runs_that_it_makes(stepped):
    chosen = choose(stepped)
    best = best_of_all(stepped)
    assert chosen.value == pytest.approx(true_worth(stepped, chosen.solution.choice), abs=CLOSE)
    assert chosen.bound >= best - CLOSE
    assert chosen.value == pytest.approx(best, abs=CLOSE)


@settings(max_examples=12)
@given(stepped=instances(), most=st.integers(0, 3))
def test_a_search_that_is_cut_short_still_bounds_every_plan(stepped, most):
    chosen = choose(stepped, most=most)
    assert chosen.bound >= best_of_all(stepped) - CLOSE
    if chosen.solution.feasible:
        assert chosen.value == pytest.approx(true_worth(stepped, chosen.solution.choice), abs=CLOSE)


def bulk(n, *, values=50.0, budget=np.inf, least=10, fixed=0.0):
    """Letters at 40, and at 20 from `least` on."""
    steps = {0: [Step(1, 40.0, fixed), Step(least, 20.0, fixed)]}
    return Stepped(Problem(values=np.full((n, 1), values), costs=np.zeros(1), budget=budget), steps)


def test_a_run_that_reaches_the_bulk_price_takes_it():
    chosen = choose(bulk(12))
    assert chosen.state == {0: 1}
    assert chosen.value == 12 * 30
    assert chosen.bound == pytest.approx(chosen.value)


def test_a_run_below_the_minimum_pays_the_normal_price():
    chosen = choose(bulk(9))
    assert chosen.state == {0: 0}
    assert chosen.value == 9 * 10


def test_a_run_that_is_worth_only_the_bulk_price_is_closed_where_it_does_not_reach_it():
    assert choose(bulk(9, values=30.0)).value == 0
    assert choose(bulk(10, values=30.0)).value == 10 * 10


def test_a_budget_for_the_bulk_price_buys_more_pieces_than_one_for_few():
    assert choose(bulk(12, budget=200.0)).solution.chosen.sum() == 10
    assert choose(bulk(12, budget=199.0)).solution.chosen.sum() == 4


def test_people_worth_little_are_added_where_they_bring_the_run_to_its_discount():
    values = np.array([[50.0]] * 9 + [[15.0]])
    chosen = choose(Stepped(Problem(values=values, costs=np.zeros(1)), bulk(10).steps))
    assert chosen.state == {0: 1}
    assert chosen.value == 9 * 30 - 5


def test_set_up_is_paid_once_and_from_the_budget():
    assert choose(bulk(3, fixed=25.0)).value == 3 * 10 - 25
    assert choose(bulk(3, fixed=31.0)).value == 0
    assert choose(bulk(3, fixed=25.0, budget=120.0)).value == 0  # two letters and the set-up earn less than nothing


def test_a_step_that_costs_more_than_there_is_is_not_taken():
    assert choose(bulk(12, fixed=100.0, budget=50.0)).state == {0: CLOSED}


def test_a_dearer_set_up_of_a_larger_run_is_never_booked_at_the_price_of_a_smaller_one():
    steps = {0: [Step(1, 10.0), Step(5, 10.0, 100.0)]}
    chosen = choose(Stepped(Problem(values=np.full((8, 1), 20.0), costs=np.zeros(1)), steps))
    assert chosen.solution.chosen.sum() == 4
    assert chosen.value == 40


def test_who_has_no_price_gets_nothing():
    steps = {0: [Step(1, np.array([10.0, np.inf]))]}
    chosen = choose(Stepped(Problem(values=np.full((2, 1), 20.0), costs=np.zeros(1)), steps))
    assert chosen.solution.choice.tolist() == [0, -1]


def test_runs_by_area_are_priced_by_all_their_pieces():
    problem = Problem(
        values=np.full((2, 1), 500.0), costs=np.zeros(1), area=np.array([0, 1]), area_options=(0,),
        area_costs=np.zeros((3, 1)), area_pieces=np.array([[30.0], [30.0], [100.0]]),
    )  # fmt: skip
    steps = {0: [Step(1, np.array([12.0, 12.0, np.inf])), Step(50, np.array([10.0, 10.0, np.inf]))]}
    chosen = choose(Stepped(problem, steps))
    assert chosen.state == {0: 1}
    assert chosen.value == 2 * (500 - 300)


def test_set_up_can_be_paid_by_a_rule_that_is_a_budget():
    rules = (Rule("budget 0", "at most", 60.0, amount="cost"),)
    stepped = Stepped(
        Problem(values=np.full((9, 1), 50.0), costs=np.zeros(1), rules=rules),
        {0: [Step(1, 10.0, 25.0)]},
        {0: "budget 0"},
    )
    assert choose(stepped).solution.chosen.sum() == 3


def test_a_step_that_is_barred_is_not_taken():
    chosen = choose(bulk(12), barred=[{0: 1}])
    assert chosen.state == {0: 0}
    assert chosen.solution.chosen.sum() == 9


def test_the_same_problem_has_the_same_plan():
    first, second = choose(bulk(12)), choose(bulk(12))
    assert (first.state, first.value, first.bound) == (second.state, second.value, second.bound)


def test_a_share_of_the_cost_that_only_the_dearer_step_keeps_is_found_and_bounds_the_search():
    """At 1 cent ten letters cost too little for one parcel to be at most 30 % of all; at 10 cents three do."""
    share = Rule.most(
        "share", 0.3, options=np.array([False, True]), amount="cost", of=Rule.most("all", 0.0, amount="cost")
    )
    problem = Problem(values=np.tile([11.0, 1000.0], (10, 1)), costs=np.array([0.0, 10.0]), rules=(share,))
    chosen = choose(Stepped(problem, {0: [Step(1, 10.0), Step(5, 1.0)]}))
    assert chosen.value == 1000 + 4
    assert chosen.bound == pytest.approx(1004)


def test_what_was_sent_already_is_a_run_and_pays_its_price():
    stepped = bulk(3, values=30.0, fixed=25.0)
    sent = np.array([[True], [False], [False]])
    chosen = choose(replace(stepped, problem=replace(stepped.problem, locked=sent)))
    assert chosen.state == {0: 0}
    assert chosen.value == 30 - 40 - 25


def test_leaflets_that_were_bought_already_are_a_run():
    problem = Problem(
        values=np.full((2, 1), 5.0), costs=np.zeros(1), area=np.array([0, 1]), area_options=(0,),
        area_costs=np.zeros((2, 1)), area_pieces=np.full((2, 1), 30.0), locked_areas=np.array([[True], [False]]),
    )  # fmt: skip
    chosen = choose(Stepped(problem, {0: [Step(1, 1.0)]}))
    assert chosen.state == {0: 0}
    assert chosen.value == 5 - 30


def test_steps_that_can_none_be_taken_are_refused():
    with pytest.raises(ValueError, match="steps must leave one that can be taken"):
        choose(bulk(3), barred=[{0: 0}, {0: 1}, {0: CLOSED}])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({1: [Step(1, 1.0)]}, "steps of option 1 must be of an option between 0 and 0"),
        ({0: []}, "steps of option 0 must be at least one"),
        ({0: [Step(5, 1.0), Step(1, 2.0)]}, r"steps of option 0 must rise by their least, from 0 on, got \[5.0, 1.0\]"),
        ({0: [Step(2, 1.0), Step(2, 2.0)]}, "steps of option 0 must rise by their least"),
        ({0: [Step(np.nan, 1.0)]}, "steps of option 0 must rise by their least"),
        ({0: [Step(1, np.nan)]}, "costs in steps of option 0 must be at least 0"),
        ({0: [Step(1, -1.0)]}, "costs in steps of option 0 must be at least 0"),
        ({0: [Step(1, np.ones(2))]}, r"costs in steps of option 0 must be a number or \(3,\), got \(2,\)"),
        ({0: [Step(1, 1.0, -5.0)]}, "what is paid once in steps of option 0 must be at least 0"),
    ],
)  # fmt: skip
def test_steps_that_make_no_sense_are_refused_by_name(steps, message):
    with pytest.raises(ValueError, match=message):
        choose(replace(bulk(3), steps=steps))


def test_a_limit_that_pays_once_must_be_known():
    with pytest.raises(ValueError, match="budget_of option 0 must be the name of a limit, got 'budget 7'"):
        choose(replace(bulk(3), budget_of={0: "budget 7"}))
