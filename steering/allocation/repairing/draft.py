"""A plan in the making: what everybody gets and which areas are open, with the use of every row."""

from typing import Self

import numpy as np

from ..layout.contacts import NONE
from ..layout.layout import Layout
from ..pricing.pricing import Case, Relaxation, bounds_in, use_of_picks
from ..solution import TOLERANCE


class Draft:
    """Mutable. Keeps campaigns, contact limits, households and personal rules always; rows only once repaired."""

    def __init__(self, layout: Layout, case: Case, picks: np.ndarray, opened: np.ndarray) -> None:
        self.layout, self.case = layout, case
        self.bounds = bounds_in(layout, case)
        self.picks, self.opened = picks.copy(), opened.copy()
        self.used = np.zeros(layout.rows.size)
        self.count()

    @classmethod
    def of(cls, layout: Layout, relaxation: Relaxation, case: Case) -> Self:
        return cls(layout, case, relaxation.picks, relaxation.opened)

    def count(self) -> None:
        """After picks or areas were changed from outside."""
        self.used = use_of_picks(self.layout, self.picks)
        if self.opened.size:
            self.used += self.layout.leaflets.use[:, self.opened].sum(axis=1)

    @property
    def spare(self) -> np.ndarray:
        """(R,) what is left of each row, inf where there is no limit; rounding aside."""
        spare = self.bounds - self.used
        is_rounding = np.isfinite(spare) & (np.abs(spare) <= TOLERANCE * (1 + np.abs(self.bounds)))
        return np.where(is_rounding, 0.0, spare)

    @property
    def shortfall(self) -> float:
        """How much all rows together are overrun, each relative to its bound, and begun minimum runs fall short."""
        over = np.maximum(-self.spare, 0.0)
        rows = float((over / np.maximum(np.abs(self.bounds), 1.0))[over > 0].sum())
        return rows + self._short_runs()

    def _short_runs(self) -> float:
        layout = self.layout
        options = np.flatnonzero((layout.runs > 0) & ~self.case.required)
        pieces, runs = -self.used[layout.run_rows[options]], layout.runs[options]
        short = (pieces > TOLERANCE) & (pieces < runs - TOLERANCE)
        return float(((runs - pieces) / runs)[short].sum())

    @property
    def value(self) -> float:
        """With what is locked."""
        total = self.layout.fixed_value
        for pick in self.picks:
            rows = np.flatnonzero(pick >= 0)
            total += self.layout.values[pick[rows], rows].sum(dtype=float)
        if self.opened.size:
            total += self.layout.leaflets.values[self.opened].sum()
        return float(total)

    @property
    def rank(self) -> tuple[float, float]:
        """Larger is better."""
        return -self.shortfall, self.value

    def covered(self) -> np.ndarray:
        """(n,) who gets a leaflet and therefore nothing else."""
        leaflets = self.layout.leaflets
        if leaflets is None or leaflets.on_top:
            return np.zeros(self.layout.n, dtype=bool)
        return leaflets.reached(self.opened | leaflets.locked)

    def letters(self) -> np.ndarray:
        """(homes,) printed pieces that households which share a limit get."""
        homes = self.layout.homes
        printed = np.append(homes.is_printed, False)[self.picks[:, homes.rows]].sum(axis=0)
        return np.bincount(homes.home, weights=printed, minlength=homes.left.size)


def nothing(layout: Layout, case: Case) -> Draft:
    """Nobody gets anything beyond what is locked."""
    shape = (0, 0) if layout.leaflets is None else layout.leaflets.values.shape
    return Draft(layout, case, np.full((len(layout.slots), layout.n), NONE, dtype=np.int8), np.zeros(shape, dtype=bool))
