"""Why one customer got what they got: every option with what it is worth and what it takes from others."""

from dataclasses import dataclass

import numpy as np

from .amounts import covered_by, limits_of, of_areas, of_pairs
from .checking import checked
from .problem import Problem
from .rules import Rule


@dataclass(frozen=True)
class Considered:
    """One option of one customer; for an option bought by area, the sums of the customer's area. Money in cents.

    `reduced` is value less all charges: of those above 0 the plan takes the largest, as far as campaigns, contact
    limit and household allow; an area must besides be worth more than what its customers would get otherwise.
    """

    option: int
    eligible: bool
    value: float  # net of cost; -inf where not eligible
    cost: float
    charges: dict[str, float]  # by limit, what its use of it would earn elsewhere; below 0 where a minimum asks for it
    reduced: float
    chosen: bool


def explain(
    problem: Problem, prices: np.ndarray, row: int, *, chosen: np.ndarray | None = None
) -> tuple[Considered, ...]:
    """Every option of customer `row`, in the order of options, at `prices` (K,); `chosen` (n, m) is the plan."""
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    if not 0 <= row < problem.n_customers:
        raise ValueError(f"row must be between 0 and {problem.n_customers - 1}, got {row}")
    limits = limits_of(problem)
    if prices.shape != (len(limits),):
        raise ValueError(f"prices must have shape {(len(limits),)}, got {prices.shape}")
    taken = np.zeros(problem.n_options, dtype=bool) if chosen is None else np.asarray(chosen, dtype=bool)[row]
    return tuple(
        _considered(problem, limits, prices, row, option, is_chosen=bool(taken[option]))
        for option in range(problem.n_options)
    )


def _considered(
    problem: Problem, limits: tuple[Rule, ...], prices: np.ndarray, row: int, option: int, *, is_chosen: bool
) -> Considered:
    of = _of_area if option in problem.area_options else _of_pair
    value, cost, amounts = of(problem, limits, row, option)
    charges = {
        limit.name: float(price * amount)
        for limit, price, amount in zip(limits, prices, amounts, strict=True)
        if price > 0 and amount != 0
    }
    eligible = bool(value > -np.inf)
    return Considered(option, eligible, value, cost, charges, value - sum(charges.values()), is_chosen)


def _of_pair(problem: Problem, limits: tuple[Rule, ...], row: int, option: int) -> tuple[float, float, list[float]]:
    """Value, cost, and what each limit is charged for."""
    rows, options = np.array([row]), np.array([option])
    cost = problem.costs[option] if problem.costs.ndim == 1 else problem.costs[row, option]
    amounts = [float(of_pairs(problem, limit, rows, options)[0]) for limit in limits]
    return float(problem.values[row, option]), float(cost), amounts


def _of_area(problem: Problem, limits: tuple[Rule, ...], row: int, option: int) -> tuple[float, float, list[float]]:
    """The same of the customer's area as a whole; who is in none, or not covered, is not eligible."""
    kind, covered, area = problem.area_options.index(option), covered_by(problem), problem.area[row]
    if not covered[row, kind]:
        return -np.inf, 0.0, [0.0] * len(limits)
    rows = np.flatnonzero(covered[:, kind] & (problem.area == area))
    cost = float(problem.area_costs[area, kind])
    amounts = [float(amount[area, kind]) for amount in of_areas(problem, covered)]
    value = problem.values[rows, option].sum(dtype=float) + problem.area_values[area, kind] - cost
    return float(value), cost, amounts
