"""How plans compare with chance and with the oracle, on problems small enough to try every plan."""

from itertools import product

import numpy as np
import pytest

from steering.allocation import Problem
from steering.demo import evaluation

EMAIL, LETTER, LEAFLET = range(3)


def problem(**fields) -> Problem:
    """Four customers in two areas; nobody knows yet what anything is worth."""
    values = np.zeros((4, 3))
    values[3, EMAIL] = -np.inf
    defaults = {
        "values": values,
        "costs": np.array([1.0, 85.0, 0.0]),
        "budget": 200.0,
        "capacities": np.array([2.0, 1.0, np.inf]),
        "household": np.array([1, 1, 2, 3]),
        "print_options": (LETTER,),
        "area": np.array([0, 0, 1, 1]),
        "area_option": LEAFLET,
        "area_costs": np.array([40.0, 60.0]),
        "area_pieces": np.array([10.0, 15.0]),
    }
    return Problem(**(defaults | fields))


UPLIFT = np.array([[30.0, 200.0, 30.0], [50.0, 90.0, 25.0], [20.0, 120.0, 10.0], [90.0, 60.0, 20.0]])


def best_by_trying_all(of: Problem) -> float:
    """No leaflets here: every choice within the limits, tried."""
    found = [0.0]
    for choice in product((-1, EMAIL, LETTER), repeat=4):
        chosen = np.array(choice)
        rows = np.flatnonzero(chosen >= 0)
        values = of.values[rows, chosen[rows]]
        pieces = np.bincount(chosen[rows], minlength=3)
        if np.isfinite(values).all() and (pieces <= of.capacities).all() and of.costs[chosen[rows]].sum() <= of.budget:
            found.append(values.sum())
    return max(found)


def test_the_oracle_is_the_best_of_all_plans() -> None:
    without_leaflets = problem(area=None, area_option=None, area_costs=None, area_pieces=None)
    without_leaflets.values[:, LEAFLET] = -np.inf
    margins = evaluation.margins(without_leaflets, np.full(4, -1), UPLIFT, seed=1)
    real = evaluation.true_problem(without_leaflets, UPLIFT)
    assert margins.oracle == pytest.approx(best_by_trying_all(real) / 4)


def test_margins_are_per_customer_after_cost() -> None:
    margins = evaluation.margins(problem(), np.array([LETTER, EMAIL, -1, -1]), UPLIFT, seed=1)
    assert margins.customers == 4
    assert margins.steered == pytest.approx((200 - 85 + 50 - 1) / 4)


def test_an_area_is_paid_once_however_many_live_there() -> None:
    real = evaluation.true_problem(problem(), UPLIFT)
    assert evaluation.earned(real, np.array([LEAFLET, LEAFLET, EMAIL, -1])) == pytest.approx(30 + 25 - 40 + 20 - 1)


def test_whoever_was_not_eligible_is_not_so_for_the_oracle_either() -> None:
    real = evaluation.true_problem(problem(), UPLIFT)
    assert real.values[3, EMAIL] == -np.inf
    assert np.isfinite(real.values[:3, EMAIL]).all()


def test_a_plan_for_somebody_who_is_not_eligible_is_refused() -> None:
    with pytest.raises(ValueError, match="customer 3 of the plan gets what it is not eligible for"):
        evaluation.margins(problem(), np.array([-1, -1, -1, EMAIL]), UPLIFT, seed=1)


def test_chance_earns_less_than_the_oracle_and_the_share_lies_between() -> None:
    margins = evaluation.margins(problem(), np.array([LETTER, EMAIL, -1, -1]), UPLIFT, seed=1)
    assert margins.random < margins.steered <= margins.oracle
    assert 0 < margins.share_of_reachable <= 1


def test_the_same_seed_gives_the_same_figures() -> None:
    choice = np.full(4, -1)
    assert evaluation.margins(problem(), choice, UPLIFT, seed=3) == evaluation.margins(
        problem(), choice, UPLIFT, seed=3
    )


def test_where_nothing_can_be_earned_no_share_is() -> None:
    assert evaluation.Margins(customers=1, random=0.0, steered=0.0, oracle=0.0).share_of_reachable == 0


def test_columns_are_put_in_the_order_of_the_options() -> None:
    ordered = evaluation.columns(np.array([[1, 2, 3]]), ["direct_post", "email"], ("email", "banner", "direct_post"))
    assert ordered.tolist() == [[3, 1]]
