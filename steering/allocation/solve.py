"""Solve a problem: prices, then a plan that keeps every limit, with the bound that says how good it is."""

import numpy as np

from .layout import Layout, lay_out, use, worth
from .prices import Search, find
from .problem import Problem, checked
from .repair import repair
from .solution import Solution

REPAIR_ROWS = 100_000  # small problems are repaired from several price vectors: one customer matters more there


def solve(problem: Problem, *, seed: int = 0) -> Solution:
    """The best plan found; same problem and seed, same plan."""
    problem = checked(problem)
    layout = lay_out(problem)
    search = find(layout, seed=seed)
    choice, opened = _best_plan(layout, search)
    value = worth(layout, choice, opened)
    return Solution(
        choice=choice,
        opened_areas=opened,
        value=value,
        dual_bound=search.best.bound,
        prices=search.best.prices,
        used=use(layout, choice, opened),
        limits=problem.limits,
    )


def _best_plan(layout: Layout, search: Search) -> tuple[np.ndarray, np.ndarray]:
    n = layout.problem.n_customers
    others = [answer for answer in reversed(search.recent) if answer is not search.best]
    drafts = [repair(layout, answer) for answer in [search.best, *others[: REPAIR_ROWS // (n + 1)]]]
    best = max(drafts, key=lambda draft: draft.value)  # the first of equals
    nothing = np.full(n, -1, dtype=np.int64), np.zeros(layout.problem.n_areas, dtype=bool)
    return (best.choice, best.opened) if best.value > 0 else nothing


def reduced_values(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n, m) value of each option less what its use of the limits is worth at `prices` (1 + m,).

    The area option's column leaves out the area's cost and pieces, which belong to the area as a whole.
    """
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    charged = problem.costs * prices[0] + prices[1:]
    charged = np.array(np.broadcast_to(charged, problem.values.shape))
    if problem.area_option is not None:
        charged[:, problem.area_option] = 0.0
    return problem.values - charged


def choose_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n,) the personal option that each customer would choose alone, -1 for none; needs no other customer.

    What a customer who explores would have got otherwise, and what a shard of customers gets at prices found before.
    """
    reduced = reduced_values(problem, prices)
    if problem.area_option is not None:
        reduced[:, problem.area_option] = -np.inf
    if not reduced.shape[1]:
        return np.full(reduced.shape[0], -1)
    best = reduced.argmax(axis=1)
    return np.where(reduced[np.arange(len(best)), best] > 0, best, -1)
