"""What pairs of customer and option use of every row, as sums and one by one."""

from dataclasses import dataclass

import numpy as np

from .rows import Rows


@dataclass(frozen=True, eq=False)
class Sums:
    rows: Rows
    values: np.ndarray  # (m, n)
    costs: np.ndarray  # (m, n) or (m, 1)

    def amount(self, kind: str, who: np.ndarray, options: np.ndarray) -> np.ndarray:
        if kind == "count":
            return np.ones(who.size)
        if kind == "cost":
            return self.costs[options, who if self.costs.shape[1] != 1 else 0].astype(float)
        given = self.values[options, who]
        return np.where(given > -np.inf, given, 0.0)

    def use_of(self, who: np.ndarray, options: np.ndarray) -> np.ndarray:
        """(R,) of all these pairs together; options are at least 0."""
        rows, m = self.rows, self.values.shape[0]
        patterns = rows.members.shape[0]
        place = options if patterns == 1 else rows.pattern[who].astype(np.int64) * m + options
        sums = {}
        for kind, factors in rows.factors.items():
            if factors.any():
                weights = None if kind == "count" else self.amount(kind, who, options)
                sums[kind] = np.bincount(place, weights=weights, minlength=patterns * m).reshape(patterns, m)
        used = rows.used(sums)
        for part in rows.listed:
            counts = part.options[options]
            amount = part.amount[who] if part.amount.ndim == 1 else part.amount[options, who]
            used[part.row] += amount[counts].sum()
        return used

    def uses(self, who: np.ndarray, options: np.ndarray) -> np.ndarray:
        """(pairs, R) of each pair; option -1 uses nothing."""
        table = np.zeros((who.size, self.rows.size))
        for option in np.unique(options[options >= 0]):
            mine = np.flatnonzero(options == option)
            table[mine] = self._uses(who[mine], option)
        return table

    def _uses(self, who: np.ndarray, option: int) -> np.ndarray:
        rows = self.rows
        members = rows.members[rows.pattern[who]]
        table = np.zeros((who.size, rows.size))
        for kind, factors in rows.factors.items():
            if factors[:, :, option].any():
                amount = self.amount(kind, who, np.full(who.size, option))
                table += amount[:, None] * (members @ factors[:, :, option].T)
        for part in rows.listed:
            if part.options[option]:
                table[:, part.row] += part.of(option, who)
        return table
