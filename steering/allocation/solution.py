"""A plan with its certificate."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Solution:
    """Arrays over limits have 1 + m entries: the budget, then each option's capacity."""

    choice: np.ndarray  # (n,) option, or -1 for no contact
    opened_areas: np.ndarray  # (areas,) bool
    value: float  # cents, after the cost of opened areas
    dual_bound: float  # no plan within the limits is worth more
    prices: np.ndarray  # what one more cent of budget, one more piece of an option would earn
    used: np.ndarray
    limits: np.ndarray

    @property
    def gap(self) -> float:
        """How much better, at most, any plan could be, relative to the bound."""
        return max(0.0, self.dual_bound - self.value) / max(abs(self.dual_bound), 1e-9)

    @property
    def certificate(self) -> np.ndarray:
        """(1 + m,) whether each limit is kept."""
        return self.used <= self.limits * (1 + 1e-9) + 1e-9

    @property
    def feasible(self) -> bool:
        return bool(self.certificate.all())
