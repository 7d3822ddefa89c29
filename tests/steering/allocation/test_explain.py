"""Every option of a customer with what it is worth, what it is charged, and so why the plan took it or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _small
from steering.allocation import Problem, Rule, checked, reduced_values
from steering.allocation.explain import explain

SEEDS = st.integers(0, 2**32 - 1)
NORTH = np.array([True, False])


def instance(**more):
    values = np.array([[5.0, 9.0, -np.inf], [4.0, 8.0, 2.0]])
    return Problem(values, np.array([1.0, 20.0, 3.0]), **more)


def test_value_cost_and_charges_of_every_option_are_told():
    problem = instance(budget=25.0, capacities=np.array([9.0, 1.0, 9.0]))
    email, letter, third = explain(problem, np.array([0.25, 0.0, 3.0, 0.0]), 0)
    assert (email.value, email.cost, email.charges, email.reduced) == (5.0, 1.0, {"budget": 0.25}, 4.75)
    assert letter.charges == {"budget": 5.0, "capacity 1": 3.0}
    assert letter.reduced == 1.0
    assert (third.eligible, third.reduced) == (False, -np.inf)


def test_what_was_chosen_is_marked():
    chosen = np.array([[True, False, False], [False, False, True]])
    assert [one.chosen for one in explain(instance(), np.zeros(4), 1, chosen=chosen)] == [False, False, True]


def test_a_minimum_pays_those_whom_it_counts():
    least = Rule.least("letters north", 1.0, options=np.array([False, True, False]), customers=NORTH)
    problem = instance(rules=(least,))
    assert explain(problem, np.array([0, 0, 0, 0, 6.0]), 0)[1].charges == {"letters north": -6.0}
    assert explain(problem, np.array([0, 0, 0, 0, 6.0]), 1)[1].charges == {}


def test_a_share_charges_what_counts_and_pays_what_else_is_given():
    share = Rule.most("north half", 0.5, customers=NORTH, of=Rule.most("all", 0.0))
    problem = instance(rules=(share,))
    prices = np.array([0, 0, 0, 0, 4.0])
    assert explain(problem, prices, 0)[0].charges == {"north half": 2.0}
    assert explain(problem, prices, 1)[0].charges == {"north half": -2.0}


def test_an_area_is_told_as_a_whole():
    problem = Problem(
        values=np.array([[1.0, 6.0], [2.0, 7.0], [3.0, -np.inf], [4.0, 5.0]]),
        costs=np.array([1.0, 0.0]),
        area=np.array([0, 0, 0, -1]),
        area_options=(1,),
        area_costs=np.array([4.0]),
        area_pieces=np.array([10.0]),
    )
    prices = np.array([0.5, 0.0, 0.1])
    leaflet = explain(problem, prices, 0)[1]
    assert (leaflet.value, leaflet.cost) == (6.0 + 7.0 - 4.0, 4.0)
    assert leaflet.charges == {"budget": 2.0, "capacity 1": 1.0}
    assert leaflet.reduced == 6.0
    assert [explain(problem, prices, row)[1].eligible for row in range(4)] == [True, True, False, False]


@settings(max_examples=100)
@given(seed=SEEDS)
def test_reduced_values_are_those_that_decide(seed):
    rng = np.random.default_rng(seed)
    problem = _small.anything(rng)
    if not problem.n_customers:
        return
    prices = rng.exponential(2.0, len(problem.names))
    row = int(rng.integers(0, problem.n_customers))
    told, decided = explain(problem, prices, row), reduced_values(problem, prices)[row]
    leaflets = checked(problem).area_options
    open_to_them = [one for one in told if one.option not in leaflets and decided[one.option] > -np.inf]
    assert [one.reduced for one in open_to_them] == pytest.approx([decided[one.option] for one in open_to_them])


def test_a_customer_who_is_not_there_is_refused():
    with pytest.raises(ValueError, match="row must be between 0 and 1, got 2"):
        explain(instance(), np.zeros(4), 2)


def test_prices_of_another_problem_are_refused():
    with pytest.raises(ValueError, match=r"prices must have shape \(4,\), got \(2,\)"):
        explain(instance(), np.zeros(2), 0)
