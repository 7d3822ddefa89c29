"""Rules over filters of customers and options: at most, at least, shares, of each customer; and minimum runs."""

import numpy as np
import pytest

from steering.allocation import PersonalRule, Problem, Rule, solve


def problem(values, **parts):
    values = np.array(values, dtype=float)
    return Problem(values, parts.pop("costs", np.ones(values.shape[1])), **parts)


NORTH = np.array([True, True, False, False])


def test_at_most_so_many_pieces_for_a_group():
    solution = solve(problem([[9], [8], [7], [6]], rules=(Rule("north", "at most", 1, customers=NORTH),)))
    assert solution.choice.tolist() == [0, -1, 0, 0]
    assert solution.used.tolist() == [3, 3, 1]
    assert solution.names == ("budget", "capacity 0", "north")


def test_at_least_so_many_pieces_where_they_cost_least():
    solution = solve(problem([[-3], [-1], [-2], [5]], rules=(Rule("north", "at least", 1, customers=NORTH),)))
    assert solution.choice.tolist() == [-1, 0, -1, 0]
    assert solution.value == solution.dual_bound == pytest.approx(4)
    assert 1 - 1e-6 <= solution.prices[-1] <= 3 + 1e-6  # one piece less would save a cent, one more cost three


def test_a_share_holds_between_options():
    rules = (Rule("letters", "at most", 0.5, options=np.array([True, False]), of=Rule("all", "at most", 0)),)
    solution = solve(problem([[9, 1], [8, 1], [7, 1], [6, 5]], rules=rules))
    assert solution.choice.tolist() == [0, 0, 1, 1]
    assert solution.used[-1] == 0


def test_a_share_of_nothing_holds():
    rules = (Rule("letters", "at least", 0.5, options=np.array([True, False]), of=Rule("all", "at most", 0)),)
    assert solve(problem([[-9, -1]], rules=rules)).choice.tolist() == [-1]


@pytest.mark.parametrize(
    ("amount", "bound", "expected"),
    [
        ("cost", 4, [0, -1]),
        ("value", 9, [-1, 0]),
        (np.array([3.0, 1.0]), 2, [-1, 0]),
        (np.array([[0.0], [5.0]]), 4, [0, -1]),
    ],
)
def test_amounts_are_cost_value_or_numbers_of_ones_own(amount, bound, expected):
    rules = (Rule("rule", "at most", bound, amount=amount),)
    assert solve(problem([[10], [8]], costs=[[4.0], [6.0]], rules=rules)).choice.tolist() == expected


def test_pieces_of_an_area_count_for_a_group_by_its_share_of_the_covered():
    rules = (Rule("north", "at most", 2.9, customers=NORTH),)
    units = {"area": np.zeros(4, int), "area_options": (0,), "area_costs": [1.0], "area_pieces": [6.0]}
    assert not solve(problem([[9], [8], [7], [6]], rules=rules, **units)).opened_areas.any()
    roomy = (Rule("north", "at most", 3, customers=NORTH),)
    assert solve(problem([[9], [8], [7], [6]], rules=roomy, **units)).opened_areas.tolist() == [[True]]


def test_dozens_of_rules_at_once_are_kept():
    rng = np.random.default_rng(3)
    n, m = 4_000, 5
    rules = tuple(
        Rule(f"most {k}", "at most", 120.0, customers=rng.random(n) < 0.3, options=rng.random(m) < 0.6)
        for k in range(24)
    ) + tuple(
        Rule(f"least {k}", "at least", 15.0, customers=rng.random(n) < 0.3, options=rng.random(m) < 0.6)
        for k in range(12)
    )
    solution = solve(problem(rng.normal(4, 5, (n, m)), budget=900.0, rules=rules))
    assert solution.feasible
    assert solution.gap < 0.01
    counts = [(solution.chosen & rule.customers[:, None] & rule.options).sum() for rule in rules]
    assert counts == solution.used[1 + m :].tolist()
    assert max(counts[:24]) <= 120
    assert min(counts[24:]) >= 15


def test_a_minimum_that_cannot_be_reached_is_named_and_reached_as_far_as_can_be():
    solution = solve(problem([[-3], [-1], [-2], [5]], rules=(Rule("north", "at least", 3, customers=NORTH),)))
    assert not solution.feasible
    assert solution.unmet == {"north": 1}
    assert solution.choice.tolist() == [0, 0, -1, 0]
    assert not solution.certificate[-1]


def test_two_minimums_that_exclude_each_other_are_missed_by_as_little_as_can_be():
    rules = tuple(Rule(f"option {j}", "at least", 3, options=np.arange(2) == j) for j in range(2))
    solution = solve(problem(np.ones((4, 2)), rules=rules))
    assert sum(solution.unmet.values()) == 2
    assert (solution.choice >= 0).all()


def test_nobody_cannot_reach_a_minimum():
    solution = solve(problem(np.empty((0, 2)), rules=(Rule("some", "at least", 2),)))
    assert solution.unmet == {"some": 2}


def test_many_customers_who_cannot_reach_a_minimum_come_near():
    rng = np.random.default_rng(0)
    values = np.where(rng.random((6_000, 2)) < 0.5, -np.inf, rng.normal(0, 3, (6_000, 2)))
    able = int((values > -np.inf).any(axis=1).sum())
    solution = solve(problem(values, rules=(Rule("all", "at least", 6_000),)))
    assert solution.unmet == {"all": 6_000 - able}


def test_a_customer_gets_no_more_than_a_rule_for_each_allows():
    rules = (PersonalRule("money", 5.0, amount="cost"),)
    solution = solve(
        problem([[9, 8, 7], [9, 8, 7]], costs=[4, 3, 2], personal_rules=rules, campaigns=[0, 1, 2], contact_limit=3)
    )
    assert solution.chosen.tolist() == [[False, True, True]] * 2
    assert solution.gap < 1e-6


def test_two_options_that_must_not_come_together():
    rules = (PersonalRule("not both", 1, options=np.array([True, True, False]), customers=np.array([True, False])),)
    solution = solve(problem([[9, 8, 7], [9, 8, 7]], personal_rules=rules, campaigns=[0, 1, 2], contact_limit=2))
    assert solution.chosen.tolist() == [[True, False, True], [True, True, False]]


def test_rules_for_each_are_kept_where_sets_are_too_many_to_list():
    rng = np.random.default_rng(5)
    values = rng.uniform(1, 9, (40, 16))
    rules = (PersonalRule("few", 3, options=np.arange(16) < 12), PersonalRule("money", 9.0, amount="cost"))
    solution = solve(
        problem(
            values, costs=rng.integers(1, 6, (40, 16)), personal_rules=rules, campaigns=np.arange(16), contact_limit=16
        )
    )
    assert (solution.chosen[:, :12].sum(axis=1) <= 3).all()
    assert solution.feasible
    assert solution.dual_bound >= solution.value > 0


@pytest.mark.parametrize(("runs", "expected"), [([3, 0], [1, 1, 1]), ([2, 0], [0, 0, 1]), ([0, 4], [0, 0, 0])])
def test_an_option_is_used_often_enough_or_not_at_all(runs, expected):
    solution = solve(problem([[9, 6], [9, 6], [1, 6]], minimum_runs=runs, capacities=[2, 9]))
    if runs[1] == 4:
        expected = [0, 0, -1]
    assert solution.choice.tolist() == expected
    assert solution.gap < 1e-6


def test_runs_are_branched_over_among_many_customers():
    rng = np.random.default_rng(2)
    n = 6_000
    values = rng.normal(0, 4, (n, 3)) - [0, 4, 5]
    solution = solve(problem(values, budget=2_500.0, minimum_runs=[0, 400, 900]))
    pieces = solution.chosen.sum(axis=0)
    assert solution.feasible
    assert all(count == 0 or count >= run for count, run in zip(pieces, [0, 400, 900], strict=True))
    assert solution.gap < 0.01


def test_a_run_that_was_begun_must_be_reached():
    locked = np.array([[True, False], [False, False], [False, False]])
    solution = solve(problem([[1, 1], [-1, 1], [-2, 1]], minimum_runs=[2, 0], locked=locked))
    assert solution.choice.tolist() == [0, 0, 1]
    assert solve(problem([[1, 1], [-1, 1], [-2, 1]], minimum_runs=[4, 0], locked=locked)).unmet == {"minimum run 0": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": (Rule("r", "more than", 1),)}, "sense of rule r must be 'at most' or 'at least', got 'more than'"),
        ({"rules": (Rule("r", "at most", np.nan),)}, "bound of rule r must be a finite number, got nan"),
        ({"rules": (Rule("r", "at least", np.inf),)}, "bound of rule r must be a finite number, got inf"),
        ({"rules": (Rule("r", "at most", 1, amount="weight"),)}, "amount of rule r must be one of count, cost, value"),
        ({"rules": (Rule("r", "at most", 1, amount=[1.0, 2.0]),)}, r"amount of rule r must have shape \(1, 2\)|\(1,\)"),
        ({"rules": (Rule("r", "at most", 1, customers=[True, False]),)}, r"customers of rule r must have shape \(1,\)"),
        ({"rules": (Rule("r", "at most", 1, options=[1, 0]),)}, "options of rule r must be true or false"),
        ({"personal_rules": (PersonalRule("p", -1.0),)}, "most of personal rule p must be at least 0"),
        ({"personal_rules": (PersonalRule("p", 1.0, amount="value"),)}, "amount of personal rule p must be 'count' or"),
        ({"minimum_runs": [1.0]}, r"minimum_runs must have shape \(2,\)"),
        ({"contact_limit": -1}, "contact_limit must be a whole number of at least 0, got -1"),
        ({"contact_limit": [0.5]}, "contact_limit must be whole numbers"),
        ({"campaigns": [0]}, r"campaigns must have shape \(2,\)"),
        ({"household_limit": 1.5}, "household_limit must be a whole number"),
        ({"locked": [[True]]}, r"locked must have shape \(1, 2\)"),
        ({"locked_areas": [True]}, "locked_areas must come with area options"),
        ({"start": [1.0]}, r"prices must have shape \(3,\), got \(1,\)"),
        ({"start": [1.0, -1.0, 0.0]}, "prices must be at least 0 and finite, got -1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(change, message):
    start = change.pop("start", None)
    with pytest.raises(ValueError, match=message):
        solve(Problem(np.ones((1, 2)), np.ones(2), **change), start=start)
