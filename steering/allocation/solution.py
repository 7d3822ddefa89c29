"""A plan with its certificate."""

from dataclasses import dataclass, field

import numpy as np

TOLERANCE = 1e-9  # relative and absolute: sums of cents in another order may differ by this much


@dataclass(frozen=True, eq=False)
class Solution:
    """Arrays over limits (K,) are in this order: the budget, each option's capacity, each rule."""

    chosen: np.ndarray  # (n, m) bool, what everybody gets, leaflets of opened areas and locked decisions included
    choice: np.ndarray  # (n,) the first chosen option, or -1 for no contact: all of it where one contact is the limit
    opened_areas: np.ndarray  # (areas, area options) bool; (areas,) where the problem has one `area_option`
    value: float  # cents, after the cost of opened areas
    dual_bound: float  # no plan within the limits is worth more; -inf where there is none
    prices: np.ndarray  # (K,) at least 0: what relaxing each limit by one unit would earn
    used: np.ndarray  # (K,) of a share: the sum less the share of the whole
    limits: np.ndarray  # (K,)
    at_least: np.ndarray  # (K,) bool: `limits` is what must be reached, not what may be used
    names: tuple[str, ...]  # (K,)
    unmet: dict[str, float] = field(default_factory=dict)  # by name, what limits lack or were overrun by

    @property
    def gap(self) -> float:
        """How much better, at most, any plan could be, relative to the bound."""
        if self.dual_bound == -np.inf:
            return 0.0
        return max(0.0, self.dual_bound - self.value) / max(abs(self.dual_bound), 1e-9)

    @property
    def certificate(self) -> np.ndarray:
        """(K,) whether each limit is kept."""
        return shortfalls(self.used, self.limits, self.at_least) <= 0

    @property
    def feasible(self) -> bool:
        return not self.unmet


def shortfalls(used: np.ndarray, limits: np.ndarray, at_least: np.ndarray) -> np.ndarray:
    """(K,) by how much each limit is missed; 0 where it is kept, rounding aside."""
    missed = np.where(np.isinf(limits), 0.0, np.where(at_least, limits - used, used - limits))
    return np.where(missed > TOLERANCE * (1 + np.abs(limits)), missed, 0.0)
