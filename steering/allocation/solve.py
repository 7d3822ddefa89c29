"""Solve a problem: prices, then a plan that keeps every limit, with the bound that says how good it is."""

from dataclasses import replace

import numpy as np

from .alone import of_rows
from .checking import checked
from .judging import judged
from .layout.layout import Layout, lay_out
from .minimum_runs import Best, branch, first_case
from .pricing.pricing import price
from .problem import Problem
from .repairing.core import FINE, WHOLE, solve_part, solve_whole
from .repairing.draft import Draft
from .repairing.fixing import unsettled
from .solution import Solution

FEW_BRANCHES = 16  # where the whole is solved exactly afterwards
TINY = 1_500  # pairs: solved as a whole at once
MOST_FIXED = 120_000  # pairs that are looked at


def solve(problem: Problem, *, seed: int = 0, start: np.ndarray | None = None) -> Solution:
    """The best plan found; same problem and seed, same plan. `start` (K,) are prices to begin with.

    Where limits cannot be met the plan comes as near as was found, and `unmet` says by how much it fails.
    """
    problem = checked(problem)
    layout = lay_out(problem)
    begin = None if start is None else _limited(layout, start)
    best = branch(layout, seed=seed, most=FEW_BRANCHES if layout.values.size <= WHOLE else None, start=begin)
    draft, bound = _polished(layout, best)
    chosen, opened = chosen_of(problem, layout, draft)
    prices = best.relaxation.prices[: layout.n_limits]
    solution = judged(problem, chosen, opened, dual_bound=bound, prices=prices)
    if solution.feasible:
        return replace(solution, dual_bound=max(bound, solution.value))  # they may differ by rounding
    return solution


def _polished(layout: Layout, best: Best) -> tuple[Draft, float]:
    draft, bound, tiny = best.draft, best.bound, layout.values.size <= TINY
    if _is_fine(draft, bound):
        return draft, bound
    if not tiny:
        draft = solve_part(draft, best.relaxation, bound=bound)
    if _is_fine(draft, bound) or layout.values.size > MOST_FIXED:
        return draft, bound
    hope = best.root.bound - draft.value if draft.shortfall == 0 else np.inf
    left = unsettled(layout, best.root, draft, hope + FINE * abs(bound))
    if left.size > WHOLE:
        return draft, bound
    polished = solve_whole(Draft(layout, first_case(layout), draft.picks, draft.opened), left)
    better = max(draft, polished.draft, key=lambda one: one.rank)
    return better, min(bound, max(polished.bound, better.value))


def _is_fine(draft: Draft, bound: float) -> bool:
    return draft.shortfall == 0 and bound - draft.value <= FINE * max(abs(bound), 1e-9)


def chosen_of(problem: Problem, layout: Layout, draft: Draft) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) what everybody gets and (areas, area options) what is open, with what is locked."""
    shape = problem.values.shape
    chosen = np.zeros(shape, dtype=bool) if problem.locked is None else problem.locked.copy()
    for pick in draft.picks:
        rows = np.flatnonzero(pick >= 0)
        chosen[rows, pick[rows]] = True
    if layout.leaflets is None:
        return chosen, np.zeros((0, 0), dtype=bool)
    opened = draft.opened | layout.leaflets.locked
    for kind, (option, covered) in enumerate(zip(layout.leaflets.options, layout.leaflets.covered, strict=True)):
        rows = np.flatnonzero(covered)
        chosen[rows, option] = opened[problem.area[rows], kind]
    return chosen, opened


def bound_at_prices(problem: Problem, prices: np.ndarray) -> float:
    """No plan within the limits is worth more; true at any prices (K,) of at least 0."""
    layout = lay_out(checked(problem))
    return price(layout, _limited(layout, prices), first_case(layout)).bound


def _limited(layout: Layout, prices: np.ndarray) -> np.ndarray:
    """What is not limited has no price."""
    prices = of_rows(layout, prices)
    return np.where(np.isfinite(layout.rows.bounds), prices, 0.0)
