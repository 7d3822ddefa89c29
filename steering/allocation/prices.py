"""Find the prices of the limits: on a sample first, then on everybody."""

from dataclasses import dataclass, field, replace

import numpy as np

from .bundle import minimise
from .layout import Layout, lay_out
from .pricing import Relaxation, price
from .problem import Problem

SAMPLE = 20_000  # customers; enough for prices within a few per cent
TOLERANCE = 1e-6  # relative to the bound; below it the rounding to whole customers dominates
MOST_STEPS = 200


@dataclass
class Search:
    """The oracle of the search; remembers the best bound and the last answers, which repair starts from."""

    layout: Layout
    bounded: np.ndarray  # which of the (1 + m) limits are finite
    remembered: int = 8
    best: Relaxation | None = None
    recent: list[Relaxation] = field(default_factory=list)

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        prices = np.zeros(self.bounded.size)
        prices[self.bounded] = point
        answer = price(self.layout, prices)
        self.recent = [*self.recent[-self.remembered + 1 :], answer]
        if self.best is None or answer.bound < self.best.bound:
            self.best = answer
        return answer.bound, answer.slack[self.bounded]


def find(layout: Layout, *, seed: int) -> Search:
    """Search ended at the lowest bound found; its prices are valid in any case, only less tight when steps run out."""
    problem = layout.problem
    bounded = np.isfinite(problem.limits)
    high, scale = highest(layout), _scale(layout)
    start, radius = np.zeros(bounded.size), scale
    if problem.n_customers > 4 * SAMPLE:
        warm = find(lay_out(sample(problem, share=SAMPLE / problem.n_customers, seed=seed)), seed=seed)
        start, radius = warm.best.prices, np.maximum(0.05 * warm.best.prices, 0.005 * scale)
    search = Search(layout, bounded)
    minimise(search, start[bounded], high[bounded], radius[bounded], tolerance=TOLERANCE, most_steps=MOST_STEPS)
    return search


def sample(problem: Problem, *, share: float, seed: int) -> Problem:
    """A smaller problem of whole areas, whole households and single customers, its limits smaller alike."""
    rng = np.random.default_rng(seed)
    taken = rng.random(problem.n_customers) < share
    if problem.household is not None:
        taken = _by_unit(taken, problem.household, share, rng)
    area, area_costs = problem.area, problem.area_costs
    if area is not None:
        areas = rng.random(problem.n_areas) < share
        taken = np.where(area >= 0, areas[area], taken) if problem.n_areas else taken
        area_costs = area_costs[areas]
        area = np.where(area >= 0, (np.cumsum(areas) - 1)[area], -1)[taken] if problem.n_areas else area[taken]
    realised = taken.sum() / problem.n_customers
    return replace(
        problem,
        values=problem.values[taken],
        costs=problem.costs if problem.costs.ndim == 1 else problem.costs[taken],
        budget=problem.budget * realised,
        capacities=problem.capacities * realised,
        household=None if problem.household is None else problem.household[taken],
        area=area,
        area_costs=area_costs,
        area_pieces=None if area is None else problem.area_pieces[areas],
    )


def _by_unit(taken: np.ndarray, unit: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    _, number = np.unique(unit, return_inverse=True)
    units = rng.random(number.max(initial=-1) + 1) < share
    return np.where(unit >= 0, units[number], taken)


def highest(layout: Layout) -> np.ndarray:
    """(1 + m,) prices above which nobody buys; some best price lies at or below them."""
    problem = layout.problem
    high = np.zeros(1 + problem.n_options)
    for option in layout.personal:
        values, costs = layout.values[option], layout.costs[option]
        wanted = values > 0
        high[1 + option] = values.max(initial=0.0)
        ratios = np.divide(values, costs, out=np.zeros_like(values), where=wanted & (costs > 0))
        high[0] = max(high[0], ratios.max(initial=0.0))
    if problem.area_option is not None:
        gains = np.maximum(layout.leaflet_values - problem.area_costs, 0.0)
        high[0] = max(high[0], _ratio(gains, problem.area_costs).max(initial=0.0))
        high[1 + problem.area_option] = _ratio(gains, problem.area_pieces).max(initial=0.0)
    return np.minimum(high, 1e12)


def _ratio(gains: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    return np.divide(gains, amounts, out=np.zeros_like(gains), where=amounts > 0)


def _scale(layout: Layout) -> np.ndarray:
    """(1 + m,) the size of a first step: the mean gain per piece, and per cent of cost."""
    problem = layout.problem
    scale, gained, paid = np.ones(1 + problem.n_options), 0.0, 0.0
    for option in layout.personal:
        wanted = layout.values[option] > 0
        gains = layout.values[option][wanted]
        gained += gains.sum()
        paid += np.broadcast_to(layout.costs[option], wanted.shape)[wanted].sum()
        scale[1 + option] = gains.mean() if gains.size else 1.0
    if problem.area_option is not None:
        worthy = layout.leaflet_values > problem.area_costs
        gains = (layout.leaflet_values - problem.area_costs)[worthy].sum()
        gained, paid = gained + gains, paid + problem.area_costs[worthy].sum()
        scale[1 + problem.area_option] = gains / max(problem.area_pieces[worthy].sum(), 1.0) or 1.0
    scale[0] = gained / paid if gained > 0 and paid > 0 else 1.0
    return np.maximum(scale, 1e-9)
