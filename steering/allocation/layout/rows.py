"""Every limit as one row 'sum of coefficient * x <= bound': at-least rows negated, shares as a difference.

A coefficient is the product of a filter of customers, a filter of options and an amount. Customers are grouped by the
filters that they pass, their pattern, so that dozens of rules cost a pricing pass one look-up per option, not one each.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..amounts import bounds_of, limits_of, sign_of
from ..problem import Problem
from ..rules import Rule

KINDS = ("count", "cost", "value")
PACKED = 62  # filters that fit into one number


@dataclass(frozen=True, eq=False)
class Listed:
    """A row's part whose amount is an array: it is summed as it is, `amount` (n,) or (m, n), 0 outside the filter."""

    row: int
    options: np.ndarray  # (m,) bool
    amount: np.ndarray

    def of(self, option: int, rows: np.ndarray | slice) -> np.ndarray:
        return self.amount[rows] if self.amount.ndim == 1 else self.amount[option, rows]


@dataclass(frozen=True, eq=False)
class Rows:
    """K limits in the order of prices, then one row per minimum run, whose bounds are inf unless a branch sets them."""

    bounds: np.ndarray  # (R,)
    factors: dict[str, np.ndarray]  # by kind of amount (R, filters, m)
    members: np.ndarray  # (patterns, filters) float, 1 where customers of the pattern pass
    pattern: np.ndarray  # (n,)
    listed: tuple[Listed, ...]

    @property
    def size(self) -> int:
        return self.bounds.size

    def is_plain(self, kind: str) -> bool:
        """No filter of customers: the first passes everybody."""
        return self.members.shape[0] == 1 or not self.factors[kind][:, 1:].any()

    def charges(self, kind: str, prices: np.ndarray) -> np.ndarray:
        """(patterns, m), or (1, m) where they are all alike, what a unit of the amount is charged."""
        by_filter = np.tensordot(prices, self.factors[kind], axes=1)
        return by_filter[:1] if self.is_plain(kind) else self.members @ by_filter

    def used(self, sums: dict[str, np.ndarray]) -> np.ndarray:
        """(R,) from the sums of each amount by pattern and option (patterns, m); without what is listed."""
        total = np.zeros(self.size)
        for kind, by_pattern in sums.items():
            total += np.einsum("rfj,fj->r", self.factors[kind], self.members.T @ by_pattern)
        return total


def rows_of(problem: Problem) -> Rows:
    """Expects a checked problem; nothing is locked yet."""
    filters = Filters(problem.n_customers)
    m = problem.n_options
    runs = [
        Rule.least("run", np.inf, options=np.arange(m) == option) for option in np.flatnonzero(problem.minimum_runs)
    ]
    limits = [*limits_of(problem), *runs]
    parts = [part for row, rule in enumerate(limits) for part in _parts(row, rule)]
    numbers = [filters.number(rule.customers) if isinstance(rule.amount, str) else 0 for _, _, rule in parts]
    factors = {kind: np.zeros((len(limits), len(filters.masks) + 1, m)) for kind in KINDS}
    listed = []
    for (row, weight, rule), number in zip(parts, numbers, strict=True):
        options = np.ones(m, dtype=bool) if rule.options is None else rule.options
        if isinstance(rule.amount, str):
            factors[rule.amount][row, number] += weight * options
        else:
            listed.append(Listed(row, options, _masked(weight, rule)))
    members, pattern = filters.patterns()
    bounds = bounds_of(limits)
    bounds[len(limits) - len(runs) :] = np.inf
    return Rows(bounds, factors, members, pattern, tuple(listed))


def _parts(row: int, rule: Rule) -> list[tuple[int, float, Rule]]:
    whole = [] if rule.of is None else [(row, -sign_of(rule) * rule.bound, rule.of)]
    return [(row, sign_of(rule), replace(rule, of=None)), *whole]


def _masked(weight: float, rule: Rule) -> np.ndarray:
    amount = weight * (rule.amount if rule.amount.ndim == 1 else np.ascontiguousarray(rule.amount.T))
    return amount if rule.customers is None else np.where(rule.customers, amount, 0.0)


class Filters:
    """The different filters of customers among all rules; number 0 is everybody."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.masks: list[np.ndarray] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, mask: np.ndarray | None) -> int:
        if mask is None or mask.all():
            return 0
        key = np.packbits(mask).tobytes()
        if key not in self._numbers:
            self.masks.append(mask)
            self._numbers[key] = len(self.masks)
        return self._numbers[key]

    def patterns(self) -> tuple[np.ndarray, np.ndarray]:
        """(patterns, filters) who passes, and the pattern of each customer (n,)."""
        pattern = np.zeros(self.n, dtype=np.int32)
        if not self.masks or not self.n:
            return np.ones((1, len(self.masks) + 1)), pattern
        first = np.zeros(1, dtype=np.int64)
        for start in range(0, len(self.masks), PACKED // 2):
            code = pattern.astype(np.int64)
            for mask in self.masks[start : start + PACKED // 2]:
                code = 2 * code + mask
            _, first, pattern = np.unique(code, return_index=True, return_inverse=True)
        passes = [np.ones(first.size), *(mask[first] for mask in self.masks)]
        return np.array(passes, dtype=float).T.copy(), pattern.astype(np.int32)
