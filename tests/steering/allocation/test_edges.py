"""What happens at the edges: nobody, nothing to spend, nothing worth doing, everybody alike; and bad input."""

from dataclasses import replace

import numpy as np
import pytest

from steering.allocation import (
    Problem,
    checked,
    choose_at_prices,
    open_at_prices,
    random_assignment,
    reduced_values,
    solve,
)


def problem(values, *, costs=None, budget=np.inf, capacities=None, **units):
    values = np.array(values, dtype=float)
    m = values.shape[1]
    costs = np.ones(m) if costs is None else np.array(costs, dtype=float)
    capacities = np.full(m, np.inf) if capacities is None else np.array(capacities, dtype=float)
    return Problem(values, costs, budget, capacities, **units)


def test_without_limits_everyone_gets_their_best():
    solution = solve(problem([[1, 5], [7, 2], [-1, -2], [-np.inf, 3]]))
    assert solution.choice.tolist() == [1, 0, -1, 1]
    assert solution.value == 15
    assert solution.gap == 0
    assert solution.prices.tolist() == [0, 0, 0]


def test_nobody():
    solution = solve(problem(np.empty((0, 2)), budget=5))
    assert solution.choice.size == 0
    assert (solution.value, solution.dual_bound, solution.gap, solution.feasible) == (0, 0, 0, True)


def test_nobody_in_areas_that_could_be_opened():
    units = {"area": np.empty(0, int), "area_option": 1, "area_costs": [3.0], "area_pieces": [1.0]}
    solution = solve(problem(np.empty((0, 2)), budget=5, **units))
    assert solution.opened_areas.tolist() == [False]
    assert solution.value == 0


def test_one_customer():
    assert solve(problem([[4, 6]], costs=[1, 9], budget=5)).choice.tolist() == [0]


def test_zero_budget_leaves_what_is_free():
    solution = solve(problem([[4, 6], [9, 1]], costs=[1, 0], budget=0))
    assert solution.choice.tolist() == [1, 1]
    assert solution.used[0] == 0
    assert solution.gap < 1e-6


def test_zero_budget_and_no_free_option():
    solution = solve(problem([[4, 6], [9, 1]], budget=0))
    assert solution.choice.tolist() == [-1, -1]
    assert solution.gap < 1e-6


def test_zero_capacity_closes_the_option():
    solution = solve(problem([[4, 6], [9, 1]], capacities=[0, 1]))
    assert solution.choice.tolist() == [1, -1]
    assert solution.gap < 1e-6


def test_nobody_eligible():
    solution = solve(problem(np.full((3, 2), -np.inf), budget=1))
    assert solution.choice.tolist() == [-1, -1, -1]
    assert solution.value == solution.dual_bound == 0


def test_nothing_worth_doing():
    assert solve(problem([[-3, -1], [-2, -9]], budget=5)).choice.tolist() == [-1, -1]


def test_equal_customers_fill_the_capacity():
    solution = solve(problem(np.full((100, 2), 10.0), capacities=[30, 50]))
    assert np.bincount(solution.choice + 1).tolist() == [20, 30, 50]
    assert solution.gap < 1e-6


def test_equal_customers_mix_cheap_and_dear_to_spend_the_budget():
    solution = solve(problem(np.tile([10.0, 15.0], (100, 1)), costs=[1, 2], budget=150))
    assert solution.value == pytest.approx(1250)
    assert solution.used[0] == 150


def test_budget_goes_to_those_who_earn_most_per_cent():
    solution = solve(problem([[10], [9], [8]], costs=[[10], [3], [3]], budget=6))
    assert solution.choice.tolist() == [-1, 0, 0]


def test_same_seed_same_plan():
    rng = np.random.default_rng(0)
    big = problem(rng.normal(5, 5, (100_000, 3)), costs=[1, 2, 3], budget=50_000, capacities=[9e3, 9e3, 9e3])
    first, second = solve(big, seed=7), solve(big, seed=7)
    assert np.array_equal(first.choice, second.choice)
    assert first.dual_bound == second.dual_bound


def test_household_gets_one_letter_and_the_other_member_something_else():
    solution = solve(problem([[9, 1], [8, 2], [7, 3]], household=np.array([4, 4, -1]), print_options=(0,)))
    assert solution.choice.tolist() == [0, 1, 0]


def test_of_equal_members_the_first_gets_the_letter():
    solution = solve(problem([[9], [9]], household=np.array([1, 1]), print_options=(0,)))
    assert solution.choice.tolist() == [0, -1]


def test_open_area_reaches_everyone_eligible_in_it_and_nobody_else():
    values = [[1, 6], [2, -1], [3, -np.inf], [4, 6]]
    units = {"area": np.array([0, 0, 0, -1]), "area_option": 1, "area_costs": [1.0], "area_pieces": [50.0]}
    solution = solve(problem(values, capacities=[9, 50], **units))
    assert solution.opened_areas.tolist() == [True]
    assert solution.choice.tolist() == [1, 1, 0, 0]
    assert solution.value == 6 - 1 + 3 + 4 - 1
    assert solution.used.tolist() == [3, 2, 50]


@pytest.mark.parametrize(
    "limits", [{"budget": 9}, {"capacities": [9, 49]}, {"area_costs": [12.5]}], ids=["budget", "pieces", "not worth it"]
)
def test_area_stays_closed(limits):
    units = {"area": np.array([0, 0]), "area_option": 1, "area_costs": [10.0], "area_pieces": [50.0]}
    solution = solve(problem([[-1, 6], [-1, 6]], **(units | limits)))
    assert solution.choice.tolist() == [-1, -1]
    assert not solution.opened_areas.any()


def test_dear_area_gives_way_to_customers_who_earn_more():
    values = [[12.0, 15.0]] * 10
    units = {"area": np.zeros(10, int), "area_option": 1, "area_costs": [100.0], "area_pieces": [10.0]}
    solution = solve(problem(values, costs=[10, 0], budget=100, **units))
    assert solution.choice.tolist() == [0] * 10
    assert solution.value == 120


def test_price_of_the_budget_is_what_one_more_cent_earns():
    values = np.arange(1.0, 101.0)[:, None]
    poor, rich = solve(problem(values, costs=[4], budget=80)), solve(problem(values, costs=[4], budget=84))
    assert poor.prices[0] == pytest.approx((rich.value - poor.value) / 4, rel=0.05)


def test_customers_decide_alone_at_the_prices():
    rng = np.random.default_rng(1)
    shared = problem(rng.normal(5, 5, (5_000, 3)), costs=[1, 2, 3], budget=5_000, capacities=[900, np.inf, 500])
    solution = solve(shared)
    alone = choose_at_prices(shared, solution.prices)
    assert (alone == solution.choice).mean() > 0.99
    reduced = reduced_values(shared, solution.prices)
    assert (reduced[alone < 0] <= 0).all()


def test_random_plan_draws_every_option_and_spends_within_the_limits():
    plan = random_assignment(problem(np.ones((9_000, 3)), budget=6_000, capacities=[1_000, 9_000, 9_000]), seed=1)
    counts = np.bincount(plan.choice + 1, minlength=4)[1:]
    assert counts[0] <= 1_000
    assert plan.used[0] <= 6_000
    assert counts[1] == pytest.approx(counts[2], rel=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1.0, 2.0]}, "values must be two-dimensional"),
        ({"values": np.empty((3, 0))}, "values must have at least one option"),
        ({"values": [[np.nan, 1.0]]}, "values must be finite"),
        ({"values": [[np.inf, 1.0]]}, "values must be finite"),
        ({"values": [["a", "b"]]}, "values must be numbers, got list"),
        ({"costs": [1.0]}, r"costs must have shape \(2,\), got \(1,\)"),
        ({"costs": [1.0, -2.0]}, "costs must be at least 0"),
        ({"costs": [1.0, np.inf]}, "costs must be finite, got inf"),
        ({"budget": -1.0}, "budget must be at least 0"),
        ({"budget": np.nan}, "budget must be at least 0"),
        ({"capacities": [1.0]}, r"capacities must have shape \(2,\)"),
        ({"print_options": (2,)}, "print_options must be between 0 and 1, got 2"),
        ({"household": [0.5, 1.0]}, "household must have shape|household must be whole numbers"),
        ({"household": [-2]}, "household must be at least -1"),
        ({"area": [0]}, "must be given together"),
        ({"area": [3], "area_option": 1, "area_costs": [1.0], "area_pieces": [1.0]}, "area must be less than 1"),
        ({"area": [0], "area_option": 2, "area_costs": [1.0], "area_pieces": [1.0]}, "area_option must be between"),
        ({"area": [0], "area_option": 1, "area_costs": [1.0], "area_pieces": [1.0, 2.0]}, "area_pieces must have"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    given = {"values": [[1.0, 2.0]], "costs": [1.0, 1.0], "budget": 1.0, "capacities": [1.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        solve(Problem(**(given | change)))


def test_household_in_two_areas_is_refused():
    units = {"area": np.array([0, 1]), "area_option": 0, "area_costs": [1.0, 1.0], "area_pieces": [1.0, 1.0]}
    with pytest.raises(ValueError, match="household must lie in one area, got members of 5 in several"):
        solve(problem([[1], [1]], household=np.array([5, 5]), **units))


def test_who_lives_together_is_found_once_for_as_long_as_the_households_stay():
    units = {"area": np.array([0, 0]), "area_option": 0, "area_costs": [1.0, 1.0], "area_pieces": [1.0, 1.0]}
    found = checked(problem([[1], [1]], household=np.array([5, 5]), **units))
    assert checked(replace(found, budget=7.0)).households is found.households
    assert checked(replace(found, household=np.array([5, 6]))).households.count == 2
    with pytest.raises(ValueError, match="household must lie in one area"):
        checked(replace(found, area=np.array([0, 1])))


def test_an_area_opens_at_prices_where_its_leaflets_beat_what_customers_would_choose_alone():
    problem = Problem(
        values=np.array([[-np.inf, 9.0], [6.0, 9.0], [-np.inf, 9.0], [8.0, 9.0]]),
        costs=np.array([1.0, 0.0]),
        budget=100.0,
        capacities=np.array([np.inf, np.inf]),
        area=np.array([0, 0, 1, 1]),
        area_option=1,
        area_costs=np.array([11.0, 11.0]),
        area_pieces=np.array([2.0, 2.0]),
    )
    assert open_at_prices(problem, np.zeros(3)).tolist() == [True, False]  # 18 - 6 and 18 - 8, against 11
    assert open_at_prices(problem, np.array([1.0, 0.0, 0.0])).tolist() == [False, False]
