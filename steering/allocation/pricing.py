"""One pricing pass: what every customer, household and area does at given prices, and the bound that this proves."""

from dataclasses import dataclass

import numpy as np

from .layout import Layout, Siblings, use


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The best answer to the prices, limits ignored."""

    prices: np.ndarray  # (1 + m,)
    bound: float  # no plan within the limits is worth more
    slack: np.ndarray  # (1 + m,) limits less use, a subgradient of the bound; 0 where there is no limit
    choice: np.ndarray  # (n,)
    opened: np.ndarray  # (areas,)
    closed_choice: np.ndarray  # (n,) what they would choose if no area opened
    area_gains: np.ndarray  # (areas,) what opening adds, at the prices


def price(layout: Layout, prices: np.ndarray) -> Relaxation:
    """Lagrangian relaxation at `prices` (1 + m,), each at least 0 and 0 where the limit is infinite."""
    problem = layout.problem
    plain = _best(layout, layout.plain, prices)
    addressed = _best(layout, layout.addressed, prices)
    gained, closed_choice = _settle(plain, addressed, layout.siblings)
    choice, opened, area_gains = closed_choice, np.empty(0, dtype=bool), np.empty(0)
    if problem.area_option is not None:
        area_gains, left_choice = _area_gains(layout, prices, gained, plain, addressed)
        opened = area_gains > 0
        choice = _with_leaflets(layout, opened, closed_choice, left_choice)
    limited = np.isfinite(problem.limits)
    bound = problem.limits[limited] @ prices[limited] + gained.sum() + area_gains[opened].sum()
    slack = np.where(limited, problem.limits - use(layout, choice, opened), 0.0)
    return Relaxation(prices, float(bound), slack, choice, opened, closed_choice, area_gains)


def reduced(layout: Layout, option: int, prices: np.ndarray) -> np.ndarray:
    """(n,) value of a personal option less what its use of the limits is worth."""
    if layout.costs.shape[1] == 1:
        return layout.values[option] - (prices[0] * layout.costs[option, 0] + prices[1 + option])
    return layout.values[option] - prices[0] * layout.costs[option] - prices[1 + option]


def _best(layout: Layout, options: tuple[int, ...], prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Most reduced value above 0 and its option, else 0 and -1; of equal options the first."""
    n = layout.problem.n_customers
    most, choice = np.zeros(n), np.full(n, -1, dtype=np.int64)
    for option in options:
        gain = reduced(layout, option, prices)
        better = gain > most
        np.copyto(most, gain, where=better)
        np.copyto(choice, option, where=better)
    return most, choice


Best = tuple[np.ndarray, np.ndarray]


def _settle(plain: Best, addressed: Best, siblings: Siblings) -> Best:
    """Value and choice of each customer when a household gets at most one addressed piece."""
    gain = addressed[0] - plain[0]
    takes = gain > 0
    takes[siblings.losers(gain)] = False
    return np.where(takes, addressed[0], plain[0]), np.where(takes, addressed[1], plain[1])


def _area_gains(layout: Layout, prices: np.ndarray, gained: np.ndarray, plain: Best, addressed: Best) -> Best:
    """Per area: open less closed; per customer: the choice of who gets no leaflet though the area is open."""
    problem = layout.problem
    left_gained, left_choice = _settle(plain, addressed, layout.uncovered_siblings)
    paid = problem.area_costs * (1 + prices[0]) + problem.area_pieces * prices[1 + problem.area_option]
    in_area = problem.area[layout.inside]
    closed = np.bincount(in_area, weights=gained[layout.inside], minlength=problem.n_areas)
    left_area = problem.area[layout.uncovered]
    left = np.bincount(left_area, weights=left_gained[layout.uncovered], minlength=problem.n_areas)
    return layout.leaflet_values - paid + left - closed, left_choice


def _with_leaflets(
    layout: Layout, opened: np.ndarray, closed_choice: np.ndarray, left_choice: np.ndarray
) -> np.ndarray:
    problem = layout.problem
    choice = closed_choice.copy()
    rows = layout.inside[opened[problem.area[layout.inside]]]
    choice[rows] = np.where(layout.covered[rows], problem.area_option, left_choice[rows])
    return choice
