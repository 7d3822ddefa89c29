"""A decision keeps every limit, never gives the holdout anything, and knows with which probability it was made."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.allocation import Problem, solve
from steering.planning.attempting import Attempting
from steering.planning.deciding import NO_CONTACT, Deciding, decide
from steering.planning.problem import without
from steering.planning.scene import Asked
from tests.steering.allocation.instances import broken_rules, problems

SHARES = st.sampled_from([0.0, 0.3, 1.0])


def holdout_of(problem, draws):
    """Whole areas where there is an area option, else single customers."""
    held = np.array(draws[: problem.n_customers], dtype=bool)
    if problem.area_option is not None:
        for area in range(problem.n_areas):
            inside = problem.area == area
            held[inside] = held[inside].any()
    return held


@given(problems(most_customers=6), st.lists(st.booleans(), min_size=6, max_size=6), SHARES, st.integers(0, 5))
def test_every_limit_is_kept_and_the_holdout_gets_nothing(problem, draws, share, seed):
    held = holdout_of(problem, draws)
    made = decide(problem, is_holdout=held, holdout_share=0.1, share=share, seed=seed)
    assert broken_rules(without(problem, held), made.choice, made.opened_areas) == set()
    assert (made.choice[held] == NO_CONTACT).all()


def rivals(problem, *, share, seed):
    """Decisions with the same draws, told which areas to open, that spend the rest as well as is possible."""
    nobody = np.zeros(problem.n_customers, dtype=bool)
    everything = np.ones(problem.n_options, dtype=bool)
    for told in product([False, True], repeat=problem.n_areas):

        class Told(Attempting):
            told_areas = np.array(told, dtype=bool)[:, None]

            def _wanted_areas(self, whole):
                return self.told_areas if self.scene.leaflets else self.scene.no_area

            def _solve_whole(self, closed):
                return None

        yield Deciding(problem, [Asked(everything, nobody, 0.0, share, seed)], attempting=Told).decisions()[0]


@given(problems(most_customers=6), SHARES, st.integers(0, 5))
def test_no_plan_for_the_same_draws_is_worth_more_than_the_bound(problem, share, seed):
    nobody = np.zeros(problem.n_customers, dtype=bool)
    made = decide(problem, is_holdout=nobody, holdout_share=0.0, share=share, seed=seed)
    assert made.value <= made.dual_bound + 1e-6
    assert max(rival.value for rival in rivals(problem, share=share, seed=seed)) <= made.dual_bound + 1e-6


@given(problems(most_customers=6), SHARES, st.integers(0, 5))
def test_propensities_are_probabilities(problem, share, seed):
    nobody = np.zeros(problem.n_customers, dtype=bool)
    made = decide(problem, is_holdout=nobody, holdout_share=0.2, share=share, seed=seed)
    known = made.propensity[~np.isnan(made.propensity)]
    assert ((known >= 0) & (known <= 1 + 1e-9)).all()


@given(problems(most_customers=6), st.integers(0, 5))
def test_without_exploration_it_is_the_plan_of_the_solver(problem, seed):
    nobody = np.zeros(problem.n_customers, dtype=bool)
    made = decide(problem, is_holdout=nobody, holdout_share=0.0, share=0.0, seed=seed)
    best = solve(problem, seed=seed)
    assert made.choice.tolist() == best.choice.tolist()
    assert made.value == pytest.approx(best.value)
    assert not made.is_exploration.any()


def some_problem(n=400, *, m=3, seed=1, **changes) -> Problem:
    rng = np.random.default_rng(seed)
    values = rng.normal(5, 10, (n, m))
    values[rng.random((n, m)) < 0.2] = -np.inf
    whole = Problem(
        values=values,
        costs=np.array([1.0, 2.0, 5.0])[:m],
        budget=np.inf,
        capacities=np.full(m, np.inf),
        household=np.full(n, -1),
        print_options=(),
    )
    return replace(whole, **changes)


def with_areas(problem: Problem, *, areas=40) -> Problem:
    return replace(
        problem,
        area=np.arange(problem.n_customers) % areas,
        area_option=2,
        area_costs=np.full(areas, 30.0),
        area_pieces=np.full(areas, 20.0),
    )


def test_same_input_same_decision():
    problem, held = with_areas(some_problem(budget=300.0)), np.zeros(400, dtype=bool)
    first, second = (decide(problem, is_holdout=held, holdout_share=0.0, share=0.3, seed=7) for _ in range(2))
    assert first.choice.tolist() == second.choice.tolist()
    assert np.array_equal(first.propensity, second.propensity, equal_nan=True)


def test_another_seed_explores_otherwise():
    problem, held = some_problem(), np.zeros(400, dtype=bool)
    first, second = (decide(problem, is_holdout=held, holdout_share=0.0, share=0.3, seed=seed) for seed in (1, 2))
    assert first.is_exploration.tolist() != second.is_exploration.tolist()


@pytest.mark.parametrize("make", [some_problem, lambda: with_areas(some_problem())], ids=["personal", "with areas"])
def test_choices_are_made_with_the_propensity_that_is_written_down(make):
    """Over many seeds the inverse of the propensity makes every choice count once (Horvitz and Thompson)."""
    problem, times, share = make(), 400, 0.5
    held = np.zeros(problem.n_customers, dtype=bool)
    weights = np.zeros(problem.n_options + 1)
    reachable = np.zeros(problem.n_options + 1)
    for seed in range(times):
        made = decide(problem, is_holdout=held, holdout_share=0.0, share=share, seed=seed)
        weights += np.bincount(made.choice + 1, weights=1 / made.propensity, minlength=problem.n_options + 1)
    reachable[0] = problem.n_customers
    reachable[1:] = (problem.values > -np.inf).sum(axis=0)
    assert weights / times == pytest.approx(reachable, rel=0.03)


def test_no_contact_counts_the_chance_to_be_held_out():
    problem = some_problem(m=1)
    problem = replace(problem, values=np.full((400, 1), -5.0))  # nobody is worth a contact
    held = np.arange(400) < 40
    made = decide(problem, is_holdout=held, holdout_share=0.1, share=0.0, seed=1)
    assert made.propensity == pytest.approx(np.ones(400))


def test_contacts_count_the_chance_not_to_be_held_out():
    problem = some_problem(m=1)
    problem = replace(problem, values=np.full((400, 1), 5.0))
    held = np.arange(400) < 40
    made = decide(problem, is_holdout=held, holdout_share=0.1, share=0.0, seed=1)
    assert made.propensity[~held] == pytest.approx(np.full(360, 0.9))
    assert made.propensity[held] == pytest.approx(np.full(40, 0.1))


def test_options_of_one_channel_share_its_probability():
    problem = some_problem()
    problem = replace(problem, values=np.full((400, 3), [5.0, 4.0, -5.0]))
    made = decide(
        problem,
        is_holdout=np.zeros(400, bool),
        holdout_share=0.0,
        share=0.4,
        seed=1,
        channels=["email", "email", "banner"],
    )
    assert set(made.choice) == {-1, 0, 1, 2}
    expected = {-1: 0.1, 0: 0.6 + 0.2, 1: 0.6 + 0.2, 2: 0.1}
    assert made.channel_propensity == pytest.approx([expected[choice] for choice in made.choice])
    alone = {-1: 0.1, 0: 0.6 + 0.1, 1: 0.1, 2: 0.1}
    assert made.propensity == pytest.approx([alone[choice] for choice in made.choice])


def test_those_of_an_opened_area_share_its_cost():
    problem = with_areas(some_problem())
    made = decide(problem, is_holdout=np.zeros(400, bool), holdout_share=0.0, share=0.2, seed=3)
    reached = made.choice == 2
    assert made.opened_areas.any()
    assert made.cost[reached].sum() == pytest.approx(problem.area_costs[made.opened_areas].sum())


def test_a_household_gets_no_second_letter_beside_an_explorers():
    household = np.arange(400) // 4
    problem = some_problem(household=household, print_options=(2,))
    problem = replace(problem, values=np.full((400, 3), [-5.0, -5.0, 50.0]))
    made = decide(problem, is_holdout=np.zeros(400, bool), holdout_share=0.0, share=0.3, seed=3)
    letters = np.bincount(household[made.choice == 2], minlength=100)
    assert letters.max() == 1


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_the_bound_is_close_where_many_customers_share_the_limits(share):
    problem = with_areas(some_problem(n=4_000, budget=3_000.0), areas=200)
    made = decide(problem, is_holdout=np.zeros(4_000, bool), holdout_share=0.0, share=share, seed=3)
    assert made.gap < 0.01


def test_nothing_is_missing_where_chance_has_decided_everything():
    """The plan for everybody would fill the leaflets' capacity, so it has a price; what was drawn leaves room."""
    problem = with_areas(some_problem(capacities=np.array([np.inf, np.inf, 300.0]), costs=np.array([9.0, 9.0, 0.0])))
    problem = replace(problem, values=problem.values - [9.0, 9.0, 0.0], area_costs=np.full(40, 1.0))
    made = decide(problem, is_holdout=np.zeros(400, bool), holdout_share=0.0, share=1.0, seed=3)
    assert made.is_exploration.all()
    assert solve(problem).prices[3] > 0
    assert made.gap == pytest.approx(0, abs=1e-9)
