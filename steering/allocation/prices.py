"""Find the prices of the limits: on a sample first, then on everybody."""

from dataclasses import dataclass, field

import numpy as np

from .bundle import minimise
from .layout import Layout
from .pricing import Case, Relaxation, bounds_in, price
from .sampling import sampled

SAMPLE = 20_000  # customers; enough for prices within a few per cent
TOLERANCE = 1e-6  # relative to the bound; below it the rounding to whole customers dominates
MOST_STEPS = 250
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
    radius = scale
    if layout.n > 4 * SAMPLE:
        warm = find(sampled(layout, share=SAMPLE / layout.n, seed=seed), case, seed=seed, start=start)
        start = warm.best.prices
    if start is None:
        start = np.zeros(bounded.size)
    else:
        radius = np.maximum(0.05 * start, 0.005 * scale)
    search = Search(layout, case, bounded, remembered=6 if layout.n < 4 * SAMPLE else 0)
    high = DEAREST * scale[bounded]
    minimise(
        search, np.minimum(start[bounded], high), high, radius[bounded], tolerance=TOLERANCE, most_steps=MOST_STEPS
    )
    return search


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
