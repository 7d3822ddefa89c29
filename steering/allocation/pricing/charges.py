"""What every option's use of the limits is worth at given prices, and what is left of its value."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..layout.layout import Layout
from ..layout.rows import KINDS, Listed

Where = np.ndarray | slice


@dataclass(frozen=True, eq=False)
class Charges:
    """Tables (patterns, m) of what a unit is charged, or (1, m) where all customers are alike."""

    layout: Layout
    prices: np.ndarray  # (R,)
    count: np.ndarray  # inf for options that are closed
    cost: np.ndarray
    kept: np.ndarray | None  # part of the value that is left; None where no rule counts values
    listed: tuple[tuple[float, Listed], ...]

    @classmethod
    def at(cls, layout: Layout, prices: np.ndarray, closed: np.ndarray) -> Self:
        """`prices` (R,), `closed` (m,) bool."""
        count, cost, value = (layout.rows.charges(kind, prices) for kind in KINDS)
        count = np.where(closed, np.inf, count)
        listed = tuple((float(prices[part.row]), part) for part in layout.rows.listed if prices[part.row])
        return cls(layout, prices, count, cost, 1.0 - value if value.any() else None, listed)

    def reduced(self, option: int, where: Where) -> np.ndarray:
        """Reduced value of a personal option for some customers, -inf where they cannot get it. A new array."""
        layout = self.layout
        values = layout.values[option, where]
        rest = self._kept(values, option, where) - self._of(self.count, option, where, values.dtype)
        charge = self._of(self.cost, option, where, values.dtype)
        if np.any(charge):
            rest -= charge * (layout.costs[option, where] if layout.costs.shape[1] != 1 else layout.costs[option, 0])
        for price, part in self.listed:
            if part.options[option]:
                rest -= price * part.of(option, where)
        return rest

    def _kept(self, values: np.ndarray, option: int, where: Where) -> np.ndarray:
        """Values less what rules about values charge."""
        if self.kept is None:
            return values
        kept = np.full_like(values, -np.inf)
        np.multiply(values, self._of(self.kept, option, where, values.dtype), out=kept, where=values > -np.inf)
        return kept

    def table(self, where: Where, options: list[int] | None = None) -> np.ndarray:
        """(m, v) of the personal options, -inf for the others."""
        layout = self.layout
        v = layout.values[:1, where].shape[1]
        table = np.full((layout.values.shape[0], v), -np.inf)
        for option in layout.options if options is None else options:
            table[option] = self.reduced(option, where)
        return table

    def _of(self, table: np.ndarray, option: int, where: Where, dtype: np.dtype) -> np.ndarray | float:
        if table.shape[0] == 1:
            return float(table[0, option])
        return table[:, option].astype(dtype)[self.layout.rows.pattern[where]]
