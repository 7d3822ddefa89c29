"""What another budget, or another limit, would earn."""

from dataclasses import dataclass, replace

import numpy as np

from . import reduced_values, solve
from .amounts import bounds_of, covered_by, limits_of, of_areas
from .checking import checked
from .parts import part_of, scaled, units_of, with_room
from .problem import Problem
from .solution import Solution

BEYOND = 1.05  # of the money that can be spent at all: the curve ends where it is flat
MOST_CUSTOMERS = 100_000


@dataclass(frozen=True, eq=False)
class Curve:
    """Margin against budget, all in cents, arrays over the points; the budgets rise from 0.

    Where it was drawn from a sample of the customers, everything is scaled up to all of them, and `errors` are the
    standard errors of the margins that come from that; they are 0 where everybody was asked.
    """

    budgets: np.ndarray
    margins: np.ndarray
    bounds: np.ndarray  # no plan for this budget is worth more; -inf where none is feasible
    costs: np.ndarray  # what of the budget is spent
    prices: np.ndarray  # cents that one more cent of budget earns
    feasible: np.ndarray  # False where the budget cannot pay for what must be
    share: float  # of the customers that were asked
    errors: np.ndarray


@dataclass(frozen=True)
class Sensitivity:
    """What another limit would earn, in cents. A step is in the unit of the limit: a cent, a piece, or the rule's."""

    name: str
    limit: float
    used: float
    price: float  # of one unit
    step: float
    by_price: float  # what relaxing it by the step earns at most, and tightening it costs at least, if prices hold
    relaxed: float | None = None  # the same by solving again; None where that was not asked for, or cannot be met
    tightened: float | None = None


def budget_curve(
    problem: Problem, *, points: int = 20, seed: int = 0, start: np.ndarray | None = None,
    most_customers: int = MOST_CUSTOMERS,
) -> Curve:  # fmt: skip
    """The best margin for every budget from 0 to more than can be spent, each begun at the prices of the one before.

    `start` (K,) are prices to begin with, such as those of the plan. Above `most_customers` a sample is asked, of whole
    delivery areas and households, with limits as much smaller.
    """
    if points < 2:
        raise ValueError(f"points must be at least 2, got {points}")
    problem, share = _asked(checked(problem), most_customers, seed)
    most = solve(replace(problem, budget=np.inf), seed=seed, start=_without_budget(start))
    budgets = _budgets(float(most.used[0]), points)
    plans = _plans(problem, budgets, most, seed)
    return Curve(
        budgets=budgets / share,
        margins=np.array([plan.value for plan in plans]) / share,
        bounds=np.array([plan.dual_bound for plan in plans]) / share,
        costs=np.array([plan.used[0] for plan in plans]) / share,
        prices=np.array([plan.prices[0] for plan in plans]),
        feasible=np.array([plan.feasible for plan in plans]),
        share=share,
        errors=np.array([_error(problem, plan, share) for plan in plans]),
    )


def sensitivity(
    problem: Problem, solution: Solution, *, step: float = 0.01, again: bool = False, seed: int = 0
) -> tuple[Sensitivity, ...]:
    """For every finite limit what relaxing and tightening it by a `step`, as a part of it, would earn.

    `again` also solves with the one limit changed, from the prices of the solution: exact up to the gap, and as slow.
    """
    problem = checked(problem)
    return tuple(
        _sensitivity(problem, solution, number, step=step, again=again, seed=seed)
        for number in np.flatnonzero(np.isfinite(solution.limits))
    )


def _asked(problem: Problem, most_customers: int, seed: int) -> tuple[Problem, float]:
    """Whom to ask, and their share of all."""
    if problem.n_customers <= most_customers:
        return problem, 1.0
    unit = units_of(problem)
    drawn = np.random.default_rng(seed).random(unit.max() + 1) < most_customers / problem.n_customers
    rows = np.flatnonzero(drawn[unit])
    share = max(rows.size, 1) / problem.n_customers
    return scaled(part_of(problem, rows), share), share


def _without_budget(prices: np.ndarray | None) -> np.ndarray | None:
    return None if prices is None else np.concatenate([[0.0], np.asarray(prices, dtype=float)[1:]])


def _budgets(most: float, points: int) -> np.ndarray:
    """The last but one spends all that can be spent."""
    if points == 2:
        return np.array([0.0, most * BEYOND])
    return np.append(np.linspace(0.0, most, points - 1), most * BEYOND)


def _plans(problem: Problem, budgets: np.ndarray, most: Solution, seed: int) -> list[Solution]:
    """From the largest budget down, since prices change least where the curve is flat."""
    plans, start = [], most.prices
    for budget in budgets[::-1]:
        plans.append(solve(replace(problem, budget=float(budget)), seed=seed, start=start))
        start = plans[-1].prices
    return _rising(plans[::-1])


def _rising(plans: list[Solution]) -> list[Solution]:
    """A plan for less money is a plan for more: a larger budget never shows less margin."""
    best = plans[:1]
    for plan in plans[1:]:
        less = best[-1]
        keeps = less.feasible and (less.value > plan.value or not plan.feasible)
        kept = {"chosen": less.chosen, "choice": less.choice, "value": less.value, "used": less.used, "unmet": {}}
        best.append(replace(plan, **kept, opened_areas=less.opened_areas) if keeps else plan)
    return best


def _error(problem: Problem, plan: Solution, share: float) -> float:
    """Of the margin of all, from the spread of what sampled units gain at the prices: a ratio estimate per customer.

    Limits are known, so that only the gains at the prices are uncertain (Cochran, Sampling Techniques, ch. 6).
    """
    if share == 1 or not problem.n_customers:
        return 0.0
    unit = units_of(problem)
    gains, size = np.bincount(unit, weights=_gains(problem, plan)), np.bincount(unit)
    rest = gains - gains.sum() / size.sum() * size
    return float(np.sqrt((rest**2).sum() * (1 - share)) / share)


def _gains(problem: Problem, plan: Solution) -> np.ndarray:
    """(n,) at the prices; what an area is charged is spread over whom it covers."""
    reduced = np.where(plan.chosen, reduced_values(problem, plan.prices), 0.0)
    gains = np.where(np.isfinite(reduced), reduced, 0.0).sum(axis=1)
    covered = covered_by(problem)
    charges = sum(price * amount for price, amount in zip(plan.prices, of_areas(problem, covered), strict=True))
    for kind, option in enumerate(problem.area_options):
        rows = np.flatnonzero(plan.chosen[:, option])
        people = np.bincount(problem.area[rows], minlength=problem.n_areas)
        paid = (problem.area_costs - problem.area_values + charges)[:, kind] / np.maximum(people, 1)
        gains[rows] -= paid[problem.area[rows]]
    return gains


def _sensitivity(
    problem: Problem, solution: Solution, number: int, *, step: float, again: bool, seed: int
) -> Sensitivity:
    limit, price = float(solution.limits[number]), float(solution.prices[number])
    size = step * abs(limit) or step
    if 1 <= number <= problem.n_options:
        size = max(1.0, round(size))  # pieces are whole
    relaxed = tightened = None
    if again:
        relaxed, tightened = (_gain(problem, solution, number, change, seed=seed) for change in (size, -size))
    used = float(solution.used[number])
    return Sensitivity(solution.names[number], limit, used, price, size, price * size, relaxed, tightened)


def _gain(problem: Problem, solution: Solution, number: int, change: float, *, seed: int) -> float | None:
    """What the plan earns more with so much more room in a limit; None where that cannot be met."""
    room = bounds_of(limits_of(problem))
    room[number] += change
    if number <= problem.n_options and room[number] < 0:
        return None
    plan = solve(with_room(problem, room), seed=seed, start=solution.prices)
    return plan.value - solution.value if plan.feasible else None
