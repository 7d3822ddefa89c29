"""What customers and areas would choose at given prices without asking anybody else."""

from dataclasses import replace

import numpy as np

from .checking import checked
from .layout.layout import Layout, lay_out
from .minimum_runs import first_case
from .pricing.charges import Charges
from .pricing.pricing import Relaxation, price
from .problem import Problem


def reduced_values(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n, m) value of each option less what its use of the limits is worth at `prices` (K,).

    Area options' columns leave out the area's cost and pieces, which belong to the area as a whole.
    """
    problem = checked(problem)
    layout = replace(lay_out(problem), values=problem.values.T)
    reduced = np.array(_charges(layout, prices).table(slice(0, layout.n)).T)
    for option in problem.area_options:
        reduced[:, option] = problem.values[:, option]
    return reduced


def chosen_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n, m) bool, the personal options that each customer would choose alone: households are not asked.

    What a shard of customers gets at prices found before.
    """
    layout = lay_out(checked(problem))
    chosen = np.zeros(problem.values.shape, dtype=bool)
    for pick in _priced_alone(layout, prices).closed_picks:
        rows = np.flatnonzero(pick >= 0)
        chosen[rows, pick[rows]] = True
    return chosen


def choose_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n,) the first of them, -1 for none: all of it where one contact is the limit.

    What a customer who explores would have got otherwise.
    """
    chosen = chosen_at_prices(problem, prices)
    return np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1)


def open_at_prices(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """Whether an area is worth its cost at these prices, against what its customers would choose alone.

    (areas,) where the problem has one `area_option`, else (areas, area options).
    """
    problem = checked(problem)
    layout = lay_out(problem)
    if layout.leaflets is None:
        return np.zeros(0, dtype=bool)
    opened = _priced_alone(layout, prices).opened | layout.leaflets.locked
    return opened[:, 0] if problem.area_option is not None else opened


def of_rows(layout: Layout, prices: np.ndarray) -> np.ndarray:
    """(R,) of prices (K,): those of minimum runs are 0; ValueError where they cannot be prices."""
    prices = np.asarray(prices, dtype=float)
    if prices.shape != (layout.n_limits,):
        raise ValueError(f"prices must have shape {(layout.n_limits,)}, got {prices.shape}")
    if not (prices >= 0).all() or np.isinf(prices).any():
        raise ValueError(f"prices must be at least 0 and finite, got {prices.min()}")
    return np.concatenate([prices, np.zeros(layout.rows.size - layout.n_limits)])


def _charges(layout: Layout, prices: np.ndarray) -> Charges:
    return Charges.at(layout, of_rows(layout, prices), first_case(layout).closed)


def _priced_alone(layout: Layout, prices: np.ndarray) -> Relaxation:
    return price(layout.without_homes(), of_rows(layout, prices), first_case(layout))
