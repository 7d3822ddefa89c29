"""Campaigns that compete for customers, households, areas and what is locked."""

import numpy as np
import pytest

from steering.allocation import Problem, bound_at_prices, chosen_at_prices, solve

TWO = np.array([0, 0, 1])


def problem(values, **parts):
    values = np.array(values, dtype=float)
    return Problem(values, parts.pop("costs", np.ones(values.shape[1])), **parts)


def test_one_option_of_each_campaign_within_the_contact_limit():
    values = [[9, 8, 7], [9, 8, 7], [1, 2, 7]]
    assert solve(problem(values, campaigns=TWO, contact_limit=2)).chosen.astype(int).tolist() == [
        [1, 0, 1], [1, 0, 1], [0, 1, 1],
    ]  # fmt: skip
    solution = solve(problem(values, campaigns=TWO, contact_limit=np.array([1, 0, 1])))
    assert solution.chosen.astype(int).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert solution.choice.tolist() == [0, -1, 2]


def test_a_household_gets_as_many_letters_as_it_may_over_campaigns():
    homes = {"household": np.array([7, 7]), "print_options": (0, 2)}
    values = [[9, 1, 8], [7, 2, 6]]
    one = solve(problem(values, campaigns=TWO, contact_limit=2, **homes))
    assert one.chosen.astype(int).tolist() == [[1, 0, 0], [0, 1, 0]]
    two = solve(problem(values, campaigns=TWO, contact_limit=2, household_limit=2, **homes))
    assert two.chosen.astype(int).tolist() == [[1, 0, 1], [0, 1, 0]]
    assert two.gap < 1e-9


def test_an_area_gets_the_better_of_two_leaflets_or_both_of_different_campaigns_on_top():
    units = {"area": np.array([0, 0]), "area_options": (1, 2), "area_costs": [[3.0, 3.0]], "area_pieces": [[2.0, 2.0]]}
    values = [[1, 5, 6], [4, 5, 6]]
    exclusive = solve(problem(values, **units))
    assert exclusive.opened_areas.tolist() == [[False, True]]
    assert exclusive.choice.tolist() == [2, 2]
    same_campaign = solve(problem(values, on_top=True, **units))
    assert same_campaign.chosen.astype(int).tolist() == [[1, 0, 1], [1, 0, 1]]
    both = solve(problem(values, on_top=True, campaigns=TWO, **units))
    assert both.chosen.astype(int).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert both.value == 5 + 10 - 3 + 12 - 3


def test_who_may_get_no_contact_gets_no_exclusive_leaflet():
    units = {"area": np.array([0, 0]), "area_options": (0,), "area_costs": [1.0], "area_pieces": [2.0]}
    limit = np.array([0, 1])
    assert solve(problem([[5], [5]], contact_limit=limit, **units)).choice.tolist() == [-1, 0]
    assert solve(problem([[5], [5]], contact_limit=limit, on_top=True, **units)).choice.tolist() == [0, 0]


def test_what_is_locked_stays_and_uses_every_limit():
    locked = np.array([[False, True], [False, False], [False, False]])
    homes = {"household": np.array([1, 1, -1]), "print_options": (1,)}
    solution = solve(problem([[9, 1], [2, 8], [3, 4]], locked=locked, budget=2, **homes))
    assert solution.chosen.astype(int).tolist() == [[0, 1], [0, 0], [0, 1]]
    assert solution.used[0] == 2
    assert solution.value == 5
    assert solution.dual_bound == pytest.approx(5)


def test_locked_beyond_a_limit_adds_nothing_and_says_so():
    locked = np.array([[True], [True], [False]])
    solution = solve(problem([[1], [1], [9]], locked=locked, capacities=[1]))
    assert solution.chosen.ravel().tolist() == [True, True, False]
    assert solution.unmet == {"capacity 0": 1}


def test_a_locked_option_without_a_value_is_worth_nothing():
    solution = solve(problem([[-np.inf], [3]], locked=np.array([[True], [False]])))
    assert solution.value == 3
    assert solution.used[0] == 2


def test_a_locked_area_is_paid_and_its_customers_get_nothing_else():
    units = {"area": np.array([0, 1]), "area_options": (1,), "area_costs": [4.0, 4.0], "area_pieces": [1.0, 1.0]}
    solution = solve(problem([[9, 1], [9, 1]], locked_areas=np.array([True, False]), **units))
    assert solution.choice.tolist() == [1, 0]
    assert solution.value == 1 - 4 + 9


def test_an_area_stays_closed_where_somebody_has_got_something_else():
    units = {"area": np.array([0, 0]), "area_options": (1,), "area_costs": [1.0], "area_pieces": [2.0]}
    locked = np.array([[True, False], [False, False]])
    assert not solve(problem([[1, 9], [1, 9]], locked=locked, **units)).opened_areas.any()
    assert solve(problem([[1, 9], [1, 9]], locked=locked, on_top=True, **units)).opened_areas.all()


def test_single_precision_is_planned_in_single_precision_as_well():
    rng = np.random.default_rng(0)
    values = rng.normal(3, 4, (4_000, 4))
    double = Problem(values, np.arange(1.0, 5.0), budget=3_000.0, capacities=np.full(4, 400.0))
    single = Problem(values.astype(np.float32), np.arange(1.0, 5.0), budget=3_000.0, capacities=np.full(4, 400.0))
    assert solve(single).value == pytest.approx(solve(double).value, rel=1e-5)
    assert solve(single).feasible


def test_a_plan_does_not_hang_on_the_order_of_customers_or_the_prices_begun_with():
    rng = np.random.default_rng(4)
    values, costs = rng.normal(3, 4, (3_000, 4)), rng.uniform(1, 5, (3_000, 4))
    limits = {"budget": 3_000.0, "capacities": np.full(4, 400.0)}
    first, order = solve(Problem(values, costs, **limits)), rng.permutation(3_000)
    other = solve(Problem(values[order], costs[order], **limits))
    assert other.value == pytest.approx(first.value, rel=1e-4)
    assert other.dual_bound == pytest.approx(first.dual_bound, rel=1e-5)
    warm = solve(Problem(values, costs, **limits), start=first.prices)
    assert warm.value == pytest.approx(first.value, rel=1e-4)
    assert warm.dual_bound == pytest.approx(first.dual_bound, rel=1e-5)


def test_the_bound_is_true_at_any_prices_and_least_at_the_solutions():
    rng = np.random.default_rng(6)
    shared = problem(rng.normal(3, 4, (500, 3)), campaigns=TWO, contact_limit=1, budget=200.0, capacities=[90, 60, 70])
    solution = solve(shared)
    for _ in range(5):
        assert bound_at_prices(shared, rng.exponential(2, 4)) >= solution.value
    assert bound_at_prices(shared, solution.prices) == pytest.approx(solution.dual_bound, rel=1e-5)


def test_shards_find_what_customers_choose_alone_at_the_prices():
    rng = np.random.default_rng(7)
    shared = problem(rng.normal(3, 4, (5_000, 3)), campaigns=TWO, contact_limit=2, budget=2_000.0)
    solution = solve(shared)
    assert (chosen_at_prices(shared, solution.prices) == solution.chosen).mean() > 0.99


def test_many_parts_on_several_threads_are_one_plan_every_time():
    rng = np.random.default_rng(8)
    big = Problem(rng.normal(3, 4, (160_000, 3)).astype(np.float32), np.ones(3), budget=30_000.0)
    first, second = solve(big), solve(big)
    assert np.array_equal(first.chosen, second.chosen)
    assert first.gap < 1e-5
    assert first.used[0] == 30_000


def test_an_area_without_pieces_opens_though_the_run_is_not_reached():
    units = {"area": np.array([0]), "area_options": (1,), "area_costs": [0.0], "area_pieces": [0.0]}
    solution = solve(problem([[1.0, 2.0]], minimum_runs=[0, 4], on_top=True, capacities=[0, 9], **units))
    assert solution.opened_areas.all()
    assert solution.value == solution.dual_bound == 2


def test_thousands_of_pairs_are_solved_as_a_whole():
    rng = np.random.default_rng(9)
    values = rng.integers(-2, 4, (2_000, 3)).astype(float)  # ties
    solution = solve(
        problem(values, costs=rng.integers(1, 7, (2_000, 3)), budget=900.0, campaigns=TWO, contact_limit=2)
    )
    assert solution.feasible
    assert solution.gap < 1e-6


NEW = {"area": np.array([0, 1]), "area_options": (1,), "area_costs": [4.0, 4.0], "area_pieces": [1.0, 1.0]}


def test_an_area_is_opened_for_people_who_are_no_customers_yet():
    without = solve(problem([[0, 3], [0, 1]], **NEW))
    assert not without.opened_areas.any()
    solution = solve(problem([[0, 3], [0, 1]], area_values=[2.0, 2.0], **NEW))
    assert solution.opened_areas.tolist() == [[True], [False]]
    assert solution.value == 3 + 2 - 4
    assert solution.dual_bound == pytest.approx(1.0)


def test_an_area_that_covers_nobody_is_not_opened_for_others():
    solution = solve(problem([[0, 3], [0, -np.inf]], area_values=[0.0, 99.0], **NEW))
    assert not solution.opened_areas.any()


def test_new_customers_count_against_what_customers_would_get_alone():
    close = solve(problem([[3, 3], [9, 3]], area_values=[6.0, 6.0], **NEW))
    assert close.opened_areas.tolist() == [[True], [False]]
    assert close.choice.tolist() == [1, 0]


@pytest.mark.parametrize(("given", "message"), [([np.nan, 0.0], "must be finite"), ([1.0], "must have shape")])
def test_values_of_areas_that_are_no_numbers_are_refused(given, message):
    with pytest.raises(ValueError, match=f"area_values {message}"):
        solve(problem([[0, 3], [0, 1]], area_values=given, **NEW))


def test_values_of_areas_need_an_option_that_is_bought_by_area():
    with pytest.raises(ValueError, match="area_values must come with area options"):
        solve(problem([[1]], area_values=[1.0]))


def test_areas_that_are_all_alike_are_bought_for_as_much_as_there_is():
    many = 12_000  # more than are looked at together
    alike = {"area_costs": np.full(many, 3.0), "area_pieces": np.ones(many), "area_values": np.full(many, 4.0)}
    found = solve(
        Problem(
            values=np.ones((many, 1)), costs=np.zeros(1), budget=3.0 * 700, area=np.arange(many), area_option=0, **alike
        )
    )
    assert (found.opened_areas.sum(), found.feasible) == (700, True)
    assert found.value == 1_400.0


def test_areas_are_exchanged_where_single_moves_cannot_reach_a_minimum_run():
    pieces = np.array([40.0, 40.0, 50.0, 60.0])
    found = solve(
        Problem(
            values=np.array([[90.0], [90.0], [80.0], [70.0]]), costs=np.zeros(1), budget=100.0, area=np.arange(4),
            area_option=0, area_costs=pieces, area_pieces=pieces, minimum_runs=np.array([100.0]),
        )
    )  # fmt: skip
    assert found.feasible
    assert found.value == pytest.approx(60.0)
