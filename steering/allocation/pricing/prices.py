"""Find the prices of the limits: on a sample first, then on everybody.

Asking everybody is dear, and the more limits there are the more questions cutting planes need. So everybody is asked
only where a sample says the lowest point is, and the sample is tilted until it slopes there as everybody does
(surrogate optimisation with first-order correction, Alexandrov et al. 1998): each round the prices are off by only as
much as the sample's curvature is, a few per cent of before.
"""

from dataclasses import dataclass, field

import numpy as np

from ..layout.layout import Layout
from ..layout.sampling import sampled
from .bundle import Oracle, minimise
from .pricing import Case, Relaxation, bounds_in, price

SAMPLE = 20_000  # customers; enough for prices within a few per cent
LEAST_SHARE = 0.02  # of very many; the more there are, the finer their prices can be told
TOLERANCE = 1e-6  # relative to the bound; below it the rounding to whole customers dominates
MOST_STEPS = 250
FINE_TOLERANCE = 1e-7  # on a sample that stands for everybody
MOST_ROUNDS = 12
HELPFUL = 0.3  # part of what a tilted sample promises that must come true for it to be asked again
NEARER = 0.2
DEAREST = 1e4  # times what a unit of the limit earns on average


@dataclass
class Search:
    """The oracle of the search; remembers the best bound and the last answers, which repair starts from."""

    layout: Layout
    case: Case
    bounded: np.ndarray  # which of the (R,) rows are finite
    remembered: int = 6
    best: Relaxation | None = None
    recent: list[Relaxation] = field(default_factory=list)

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        prices = np.zeros(self.bounded.size)
        prices[self.bounded] = point
        answer = price(self.layout, prices, self.case)
        if self.remembered:
            self.recent = [*self.recent[-self.remembered + 1 :], answer]
        if self.best is None or answer.bound < self.best.bound:
            self.best = answer
        return answer.bound, answer.slack[self.bounded]


def find(layout: Layout, case: Case, *, seed: int, start: np.ndarray | None = None) -> Search:
    """Search ended at the lowest bound found; its prices are valid in any case, only less tight when steps run out.

    `start` (R,) are prices to begin with.
    """
    bounded = np.isfinite(bounds_in(layout, case))
    scale = scale_of(layout)
    if layout.n > 4 * SAMPLE:
        return _find_by_sample(layout, case, Box(bounded, scale), seed=seed, start=start)
    search = Search(layout, case, bounded)
    radius = scale if start is None else _near(start, scale)
    begin = np.zeros(bounded.size) if start is None else start
    box = Box(bounded, scale)
    minimise(search, begin[bounded], box.high, radius[bounded], tolerance=TOLERANCE, most_steps=MOST_STEPS)
    return search


@dataclass(frozen=True, eq=False)
class Box:
    """Which rows have prices, and how large these are at most."""

    bounded: np.ndarray  # (R,)
    scale: np.ndarray  # (R,)

    @property
    def high(self) -> np.ndarray:
        return DEAREST * self.scale[self.bounded]


def _near(prices: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(R,) how far off prices that are nearly right may be."""
    return np.maximum(0.05 * prices, 0.005 * scale)


def _find_by_sample(layout: Layout, case: Case, box: Box, *, seed: int, start: np.ndarray | None) -> Search:
    part = sampled(layout, share=max(SAMPLE / layout.n, LEAST_SHARE), seed=seed)
    search = Search(layout, case, box.bounded, remembered=0)
    point = find(part, case, seed=seed, start=start).best.prices[box.bounded]
    lowest, slope = search(point)
    for _ in range(MOST_ROUNDS):
        there, hoped = _lowest_by(part, search, box, (point, slope))
        if hoped <= TOLERANCE * abs(lowest):
            return search
        value, new_slope = search(there)
        came_true = lowest - value > HELPFUL * hoped
        if value < lowest:
            point, lowest, slope = there, value, new_slope
        if not came_true:
            break
    radius = NEARER * _near(search.best.prices, box.scale)[box.bounded]
    minimise(search, point, box.high, radius, tolerance=TOLERANCE, most_steps=MOST_STEPS)
    return search


def _lowest_by(part: Layout, search: Search, box: Box, at: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, float]:
    """The lowest point by a sample that slopes as everybody does at a point, and how much lower everybody should be."""
    point, slope = at
    share = part.n / search.layout.n
    small = Search(part, search.case, box.bounded, remembered=0)
    slope_of_part = small(point)[1]
    asked = _tilted(small, share * slope - slope_of_part)
    radius = _near(search.best.prices, box.scale)[box.bounded]
    there = minimise(asked, point, box.high, radius, tolerance=FINE_TOLERANCE, most_steps=MOST_STEPS)
    return there, (asked(point)[0] - asked(there)[0]) / share


def _tilted(oracle: Search, tilt: np.ndarray) -> Oracle:
    def ask(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = oracle(point)
        return value + float(tilt @ point), slope + tilt

    return ask


def scale_of(layout: Layout) -> np.ndarray:
    """(R,) the size of a first step: what a unit of each row's amount earns on average, from a part of the customers."""
    n = layout.n
    rows = np.unique(np.linspace(0, max(n - 1, 0), min(n, 2_000)).astype(np.int64))
    gained, used = 0.0, np.zeros(layout.rows.size)
    for option in layout.options:
        mine = rows[layout.values[option, rows] > -np.inf]
        gained += np.abs(layout.values[option, mine]).sum(dtype=float)
        used += np.abs(layout.sums.uses(mine, np.full(mine.size, option))).sum(axis=0)
    if layout.leaflets is not None:
        gained += np.abs(layout.leaflets.values).sum()
        used += np.abs(layout.leaflets.use).sum(axis=(1, 2))
    if gained <= 0:
        return np.ones(layout.rows.size)
    return np.where(used > 0, gained / np.maximum(used, 1e-9 * gained), gained)
