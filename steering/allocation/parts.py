"""A part of the customers as a problem of its own."""

from dataclasses import replace

import numpy as np

from .amounts import table
from .problem import Problem
from .rules import AT_MOST, PersonalRule, Rule


def part_of(problem: Problem, rows: np.ndarray) -> Problem:
    """The customers `rows` of a checked problem, all limits as they are; whole households and areas belong together.

    Areas keep their numbers: those of others have nobody in them, and what is locked there is not this part's.
    """
    locked_areas = problem.locked_areas
    if locked_areas is not None:
        inside = np.zeros(problem.n_areas, dtype=bool)
        inside[problem.area[rows][problem.area[rows] >= 0]] = True
        locked_areas = locked_areas & inside[:, None]
    return replace(
        problem,
        values=problem.values[rows],
        costs=problem.costs if problem.costs.ndim == 1 else problem.costs[rows],
        household=None if problem.household is None else problem.household[rows],
        area=None if problem.area is None else problem.area[rows],
        contact_limit=problem.contact_limit[rows],
        locked=None if problem.locked is None else problem.locked[rows],
        locked_areas=locked_areas,
        rules=tuple(_rule(rule, rows) for rule in problem.rules),
        personal_rules=tuple(_personal_rule(rule, rows) for rule in problem.personal_rules),
    )


def units_of(problem: Problem) -> np.ndarray:
    """(n,) numbers 0, 1, ... of what must stay together: a delivery area, or else a household, or else a customer."""
    n = problem.n_customers
    unit = np.arange(n)
    if problem.household is not None:
        unit = np.where(problem.household >= 0, n + problem.household, unit)
    if problem.area is not None:
        unit = np.where(problem.area >= 0, -1 - problem.area, unit)
    return np.unique(unit, return_inverse=True)[1]


def scaled(problem: Problem, share: float) -> Problem:
    """The same customers with this share of every limit; limits on shares and on single customers stay as they are."""
    return replace(
        problem,
        budget=problem.budget * share,
        capacities=None if problem.capacities is None else np.asarray(problem.capacities, dtype=float) * share,
        minimum_runs=None if problem.minimum_runs is None else np.asarray(problem.minimum_runs, dtype=float) * share,
        rules=tuple(rule if rule.of is not None else replace(rule, bound=rule.bound * share) for rule in problem.rules),
    )


def with_room(problem: Problem, room: np.ndarray) -> Problem:
    """The same problem with other limits (K,) in the form of `amounts.bounds_of`; budget and capacities are at least 0.

    A share with room other than 0 becomes a sum of amounts that may be below 0.
    """
    m = problem.n_options
    left = np.maximum(room[: 1 + m], 0.0)
    rules = tuple(
        _with_room(problem, rule, float(more)) for rule, more in zip(problem.rules, room[1 + m :], strict=True)
    )
    return replace(problem, budget=float(left[0]), capacities=left[1:], rules=rules)


def _with_room(problem: Problem, rule: Rule, room: float) -> Rule:
    if rule.of is None:
        return replace(rule, bound=room if rule.sense == AT_MOST else -room)
    return rule if room == 0 else Rule.most(rule.name, room, amount=table(problem, rule))


def _rule(rule: Rule, rows: np.ndarray) -> Rule:
    return replace(
        rule,
        customers=None if rule.customers is None else rule.customers[rows],
        amount=rule.amount if isinstance(rule.amount, str) else rule.amount[rows],
        of=None if rule.of is None else _rule(rule.of, rows),
    )


def _personal_rule(rule: PersonalRule, rows: np.ndarray) -> PersonalRule:
    customers = None if rule.customers is None else rule.customers[rows]
    return replace(rule, customers=customers, most=np.asarray(rule.most)[rows])
