"""Solve a problem: prices, then a plan that keeps every limit, with the bound that says how good it is."""

from dataclasses import replace

import numpy as np

from .layout import Layout, lay_out, use, worth
from .prices import Search, find
from .pricing import price
from .checking import checked as _checked
from .problem import Problem
from .repair import repair
from .solution import Solution


def checked(problem: Problem) -> Problem:
    problem = _checked(problem)
    known = {"rules", "personal_rules", "locked", "locked_areas"}
    if new := [name for name in sorted(known) if getattr(problem, name)]:
        raise ValueError(f"{new[0]} must be empty for now, got some")
    if problem.area_costs is None:
        return problem
    flat = {name: getattr(problem, name)[:, 0] for name in ("area_costs", "area_pieces")}
    return replace(problem, area_option=problem.area_options[0], **flat)


REPAIR_ROWS = 100_000  # small problems are repaired from several price vectors: one customer matters more there


def solve(problem: Problem, *, seed: int = 0) -> Solution:
    """The best plan found; same problem and seed, same plan."""
    problem = checked(problem)
    layout = lay_out(problem)
    search = find(layout, seed=seed)
    choice, opened = _best_plan(layout, search)
    value = worth(layout, choice, opened)
    chosen = np.zeros(problem.values.shape, dtype=bool)
    chosen[np.flatnonzero(choice >= 0), choice[choice >= 0]] = True
    return Solution(
        chosen=chosen,
        choice=choice,
        opened_areas=opened,
        value=value,
        dual_bound=search.best.bound,
        prices=search.best.prices,
        used=use(layout, choice, opened),
        limits=problem.limits,
        at_least=np.zeros(problem.limits.size, dtype=bool),
        names=problem.names,
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


def bound_at_prices(problem: Problem, prices: np.ndarray) -> float:
    """No plan within the limits is worth more; true at any prices that are at least 0, and 0 where there is no limit."""
    return price(lay_out(checked(problem)), np.asarray(prices, dtype=float)).bound


def choose_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n,) the personal option that each customer would choose alone, -1 for none; needs no other customer.

    What a customer who explores would have got otherwise, and what a shard of customers gets at prices found before.
    """
    return _best_personal(problem, prices)[0]


def open_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(areas,) whether an area is worth its cost at these prices, against what its customers would choose alone."""
    if problem.area_option is None:
        return np.zeros(0, dtype=bool)
    problem, prices = checked(problem), np.asarray(prices, dtype=float)
    leaflet = problem.values[:, problem.area_option]
    covered = (problem.area >= 0) & (leaflet > -np.inf)
    gains = leaflet[covered] - _best_personal(problem, prices)[1][covered]
    paid = problem.area_costs * (1 + prices[0]) + problem.area_pieces * prices[1 + problem.area_option]
    return np.bincount(problem.area[covered], weights=gains, minlength=problem.n_areas) > paid


def _best_personal(problem: Problem, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choice and its reduced value, -1 and 0 where nothing is worth its price."""
    reduced = reduced_values(problem, prices)
    if problem.area_option is not None:
        reduced[:, problem.area_option] = -np.inf
    best = reduced.argmax(axis=1)
    most = reduced[np.arange(len(best)), best]
    return np.where(most > 0, best, -1), np.maximum(most, 0.0)
