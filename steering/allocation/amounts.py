"""What a pair, or an opened area, takes of each limit: budget, capacities and rules alike are sums over a filter."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .problem import Problem
from .rules import AT_MOST, Rule


def limits_of(problem: Problem) -> tuple[Rule, ...]:
    """(K,) every limit as a rule, in the order of prices."""
    m = problem.n_options
    names, options = problem.names, np.eye(m, dtype=bool)
    capacities = (
        Rule(names[1 + option], AT_MOST, problem.capacities[option], options=options[option]) for option in range(m)
    )
    return (Rule(names[0], AT_MOST, problem.budget, amount="cost"), *capacities, *problem.rules)


def bounds_of(limits: Sequence[Rule]) -> np.ndarray:
    """(K,) in the form amount <= bound: at least so much is at most minus so much less; of a share nothing is left."""
    return np.array([0.0 if limit.of is not None else sign_of(limit) * limit.bound for limit in limits], dtype=float)


def of_pairs(problem: Problem, limit: Rule, rows: np.ndarray, options: np.ndarray) -> np.ndarray:
    """What each pair of customer and personal option adds to the left side of amount <= bound."""
    amount = _counted(problem, limit, rows, options)
    if limit.of is not None:
        amount = amount - limit.bound * _counted(problem, limit.of, rows, options)
    return sign_of(limit) * amount


def of_areas(problem: Problem, covered: np.ndarray) -> list[np.ndarray]:
    """K arrays (areas, area options), the same for opening an area; `covered` (n, area options).

    An area that covers nobody still takes its money and pieces, but is no part of a rule.
    """
    options = np.array(problem.area_options, dtype=np.int64)
    shape = (problem.n_areas, options.size)
    paid, pieces = (problem.area_costs, problem.area_pieces) if options.size else (np.empty(shape), np.empty(shape))
    capacities = [np.where(options == option, pieces, 0.0) for option in range(problem.n_options)]
    return [paid, *capacities, *(_of_areas(problem, rule, covered) for rule in problem.rules)]


def used_by(problem: Problem, chosen: np.ndarray, opened: np.ndarray | None = None) -> np.ndarray:
    """(K,) what a plan (n, m) uses, with the areas `opened` (areas, area options): else where somebody gets the leaflet."""
    personal, covered = chosen.copy(), covered_by(problem)
    personal[:, list(problem.area_options)] = False
    rows, options = np.nonzero(personal)
    used = np.array([of_pairs(problem, limit, rows, options).sum() for limit in limits_of(problem)])
    opened = _opened_by(problem, chosen) if opened is None else opened
    return used + [amount[opened].sum() for amount in of_areas(problem, covered)]


def _opened_by(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    opened = np.zeros((problem.n_areas, len(problem.area_options)), dtype=bool)
    for kind, option in enumerate(problem.area_options):
        opened[problem.area[chosen[:, option]], kind] = True
    return opened


def table(problem: Problem, limit: Rule) -> np.ndarray:
    """(n, m) what every pair would add to the left side of amount <= bound, an area's part spread over whom it covers."""
    n, m = problem.values.shape
    rows, options = np.divmod(np.arange(n * m), m)
    amounts = of_pairs(problem, limit, rows, options).reshape(n, m)
    covered = covered_by(problem)
    of_area = _of_areas(problem, limit, covered)
    for kind, option in enumerate(problem.area_options):
        who = np.flatnonzero(covered[:, kind])
        people = np.bincount(problem.area[who], minlength=problem.n_areas)
        amounts[who, option] = of_area[problem.area[who], kind] / people[problem.area[who]]
    return amounts


def _of_areas(problem: Problem, rule: Rule, covered: np.ndarray) -> np.ndarray:
    amount = _counted_areas(problem, rule, covered)
    if rule.of is not None:
        amount = amount - rule.bound * _counted_areas(problem, rule.of, covered)
    return sign_of(rule) * amount


def covered_by(problem: Problem) -> np.ndarray:
    """(n, area options) who gets the leaflet when their area is opened."""
    covered = np.zeros((problem.n_customers, len(problem.area_options)), dtype=bool)
    for kind, option in enumerate(problem.area_options):
        covered[:, kind] = (problem.area >= 0) & (problem.values[:, option] > -np.inf)
        if not problem.on_top:
            covered[:, kind] &= problem.contact_limit > 0
    return covered


def own_values(problem: Problem, covered: np.ndarray) -> np.ndarray:
    """(areas, area options) what opening adds beside the customers; `covered` (n, area options). Expects a checked problem."""
    if not problem.area_options:
        return np.zeros((problem.n_areas, 0))
    heads = [np.bincount(problem.area[who], minlength=problem.n_areas) for who in covered.T]
    return np.where(np.column_stack(heads) > 0, problem.area_values, 0.0)


def sign_of(limit: Rule) -> float:
    """Of its amount in the form amount <= bound."""
    return 1.0 if limit.sense == AT_MOST else -1.0


def _counted(problem: Problem, limit: Rule, rows: np.ndarray, options: np.ndarray) -> np.ndarray:
    counts = np.ones(rows.size, dtype=bool)
    if limit.options is not None:
        counts &= np.asarray(limit.options, dtype=bool)[options]
    if limit.customers is not None:
        counts &= np.asarray(limit.customers, dtype=bool)[rows]
    return np.where(counts, _amount(problem, limit.amount, rows, options), 0.0).astype(float, copy=False)


def _amount(problem: Problem, amount: object, rows: np.ndarray, options: np.ndarray) -> np.ndarray | float:
    if isinstance(amount, str):
        if amount == "count":
            return 1.0
        amount = problem.costs if amount == "cost" else problem.values
        if amount.ndim == 1:
            return amount[options]
    else:
        amount = np.asarray(amount, dtype=float)
        if amount.ndim == 1:
            return amount[rows]
    given = amount[rows, options]
    return np.where(given > -np.inf, given, 0.0)  # a locked pair may have no value


def _counted_areas(problem: Problem, rule: Rule, covered: np.ndarray) -> np.ndarray:
    """Pieces and cost of an area are spread evenly over whom it covers."""
    counted = np.zeros((problem.n_areas, covered.shape[1]))
    spread = {"count": problem.area_pieces, "cost": problem.area_costs} if isinstance(rule.amount, str) else {}
    for kind, option in enumerate(problem.area_options):
        if rule.options is not None and not rule.options[option]:
            continue
        rows = np.flatnonzero(covered[:, kind])
        area = problem.area[rows]
        each = replace(rule, amount="count") if spread and rule.amount in spread else rule
        inside = _counted(problem, each, rows, np.full(rows.size, option))
        counted[:, kind] = np.bincount(area, weights=inside, minlength=problem.n_areas)
        if spread and rule.amount in spread:
            people = np.maximum(np.bincount(area, minlength=problem.n_areas), 1)
            counted[:, kind] = counted[:, kind] / people * spread[rule.amount][:, kind]  # whole where all are counted
    return counted
