"""Draws are by the chances that were known before, and keep every limit that says at most."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.allocation import Problem, Rule, checked
from steering.allocation.amounts import bounds_of, limits_of, of_pairs
from steering.planning.chance import NO_CONTACT, Drawing, factor_that_fits, keep_within
from steering.targeting.exploration import uniform


def some_problem(n=2_000, *, seed=1, **changes) -> Problem:
    rng = np.random.default_rng(seed)
    values = rng.normal(5, 10, (n, 3))
    values[rng.random((n, 3)) < 0.2] = -np.inf
    return checked(replace(Problem(values=values, costs=np.array([1.0, 2.0, 5.0])), **changes))


def drawing(problem: Problem, *, share=0.5, seed=1) -> Drawing:
    return Drawing(problem, uniform(problem.values > -np.inf)[:, 1:], share, seed)


def everybody(problem: Problem) -> np.ndarray:
    return np.ones(problem.n_customers, dtype=bool)


def half(problem: Problem, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, 9]).random(problem.n_customers) < 0.5


def overrun(problem: Problem, choice: np.ndarray, *, share: float) -> np.ndarray:
    """(K,) by how much what was drawn exceeds the share of each limit that says at most."""
    rows = np.flatnonzero(choice >= 0)
    limits = limits_of(problem)
    used = np.array([of_pairs(problem, limit, rows, choice[rows]).sum() for limit in limits])
    is_most = np.array([limit.sense == "at most" for limit in limits])
    return np.where(is_most, used - share * np.minimum(bounds_of(limits), 1e300), 0.0)


NORTH = np.arange(2_000) < 1_200
RULES = {
    "count": Rule("some", "at most", 90, options=np.array([True, True, False])),
    "north": Rule("north", "at most", 40, customers=NORTH),
    "cost": Rule("cost", "at most", 300, customers=NORTH, amount="cost"),
    "share": Rule("share", "at most", 0.4, options=np.array([0, 0, 1], bool), customers=NORTH,
                  of=Rule("all", "at most", 1, options=np.array([0, 0, 1], bool))),
    "value": Rule("value", "at most", 500, amount="value"),
    "least": Rule("least", "at least", 500, customers=NORTH),
}  # fmt: skip


@pytest.mark.parametrize("names", [*([name] for name in RULES), list(RULES)], ids="+".join)
def test_no_draw_overruns_a_rule(names):
    problem = some_problem(rules=tuple(RULES[name] for name in names))
    for seed in range(5):
        drawn = drawing(problem, seed=seed).draw(everybody(problem))
        assert overrun(problem, drawn.choice, share=0.5).max() <= 1e-6


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(list(RULES)), max_size=6, unique=True),
    st.floats(0, 200),
    st.lists(st.one_of(st.just(np.inf), st.integers(0, 30)), min_size=3, max_size=3),
    st.sampled_from([0.05, 0.5, 1.0]),
    st.integers(0, 3),
)
def test_no_draw_overruns_budget_capacities_and_rules_together(names, budget, capacities, share, seed):
    problem = some_problem(
        budget=budget, capacities=np.array(capacities, dtype=float), rules=tuple(RULES[name] for name in names)
    )
    explores = np.random.default_rng(seed).random(2_000) < share
    drawn = drawing(problem, share=share, seed=seed).draw(explores)
    assert overrun(problem, drawn.choice, share=share).max() <= 1e-6
    assert (drawn.choice[~explores] == NO_CONTACT).all()


def test_a_limit_is_used_rather_than_feared():
    """Three standard deviations of room, and no more."""
    problem = some_problem(rules=(RULES["north"],), n=2_000)
    problem = replace(problem, rules=(replace(RULES["north"], bound=800.0),))
    drawn = drawing(problem).draw(half(problem, 1))
    pieces = (drawn.choice[NORTH] >= 0).sum()
    assert 0.7 * 400 < pieces <= 400


def test_who_is_not_concerned_by_a_rule_draws_as_if_there_were_none():
    free, bound = some_problem(), some_problem(rules=(RULES["north"],))
    chances = [drawing(one).draw(everybody(one)).chances for one in (free, bound)]
    assert np.array_equal(chances[0][~NORTH], chances[1][~NORTH])
    assert chances[1][NORTH].sum() < chances[0][NORTH].sum()


@pytest.mark.parametrize("name", ["north", "share", "cost"])
def test_everybody_draws_as_often_as_the_chances_say(name):
    problem = some_problem(n=2_000, rules=(RULES[name],))
    times = 300
    counts = np.zeros((2_000, 3))
    unknown = 0
    for seed in range(times):
        drawn = drawing(problem, seed=seed).draw(half(problem, seed))
        rows = np.flatnonzero(drawn.choice >= 0)
        counts[rows, drawn.choice[rows]] += 1
        unknown += (~drawn.evaluable).sum()
    expected = 0.5 * times * drawn.chances
    assert counts[NORTH].sum(axis=0) == pytest.approx(expected[NORTH].sum(axis=0), rel=0.06)
    assert counts[~NORTH].sum(axis=0) == pytest.approx(expected[~NORTH].sum(axis=0), rel=0.06)
    assert unknown / (2_000 * times) < 1e-3


def test_what_gives_room_to_a_share_is_never_thinned():
    problem = some_problem(rules=(RULES["share"],))
    accepted = drawing(problem).acceptance
    assert (accepted[~NORTH] == 1).all()
    assert (accepted[NORTH, 2][problem.values[NORTH, 2] > -np.inf] < 1).all()


def test_of_a_household_one_member_may_draw_the_letter():
    problem = some_problem(household=np.arange(2_000) // 2, print_options=(2,))
    drawn = drawing(problem).draw(everybody(problem))
    letters = np.bincount(problem.household[drawn.choice == 2], minlength=1_000)
    assert letters.max() == 1
    assert drawn.chances[:, 2].max() <= 0.5 * 0.5


def test_what_was_sent_before_leaves_less_to_draw():
    locked = np.zeros((2_000, 3), dtype=bool)
    locked[:30, 0] = True
    problem = some_problem(rules=(RULES["north"],), locked=locked)
    drawn = drawing(problem).draw(everybody(problem) & ~locked.any(axis=1))
    assert (drawn.choice[NORTH] >= 0).sum() <= 0.5 * (40 - 30)


def test_nobody_draws_where_nobody_is():
    problem = checked(Problem(values=np.empty((0, 2)), costs=np.ones(2), rules=(Rule("any", "at most", 1),)))
    assert drawing(problem).draw(np.zeros(0, dtype=bool)).choice.size == 0


@given(
    st.one_of(st.just(0.0), st.floats(1e-3, 1e4)),
    st.floats(1e-3, 1e4),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
)
def test_the_factor_is_the_largest_that_fits(taken, squares, given_, given_squares, room):
    def expected(factor):
        return factor * taken - given_ + 3 * np.sqrt(factor * squares + given_squares)

    factor = factor_that_fits(taken, squares, given_, given_squares, room)
    assert 0 <= factor <= 1
    slack = 1e-6 * (1 + taken + squares + given_ + given_squares + room)
    if 0 < factor < 1:
        assert expected(factor) == pytest.approx(room, abs=slack)
    if factor == 1 and taken:
        assert expected(1) <= room + slack
    if factor == 0 and taken:
        assert expected(0) >= room - slack


@given(st.lists(st.tuples(st.integers(-3, 5), st.integers(-3, 5)), max_size=12), st.integers(0, 6), st.integers(0, 6))
def test_the_last_are_given_up_until_every_limit_holds(items, first, second):
    amounts = [np.array([item[k] for item in items], dtype=float) for k in (0, 1)]
    kept = keep_within(amounts, [first, second], len(items))
    assert all(amount[kept].sum() <= room + 1e-9 for amount, room in zip(amounts, (first, second), strict=True))
    if all(amount.sum() <= room for amount, room in zip(amounts, (first, second), strict=True)):
        assert kept.all()
