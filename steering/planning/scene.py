"""What a decision starts from: the problem, what each campaign asks, and who could get what."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from steering.allocation import Problem


@dataclass(frozen=True, eq=False)
class Asked:
    """What one campaign asks of the decision; n candidates, m options of all campaigns that are decided together."""

    options: np.ndarray  # (m,) bool, its own
    is_holdout: np.ndarray  # (n,) bool
    holdout_share: float
    share: float  # of those not held out, who explore
    seed: int
    errors: np.ndarray | None = (
        None  # (m,) cents, standard errors of what is expected: explore by promise; None: evenly
    )
    budget_limit: int = 0  # which of the problem's limits is its budget


@dataclass(frozen=True, eq=False)
class Scene:
    """n candidates, m options, L of them bought by delivery area, C campaigns."""

    problem: Problem
    asked: Sequence[Asked]

    @cached_property
    def shares(self) -> np.ndarray:
        """(C,) who explores for each campaign: for one of them only, so that together they are at most all."""
        shares = np.array([one.share for one in self.asked])
        return shares / max(shares.sum(), 1.0)

    @cached_property
    def leaflets(self) -> list[int]:
        """(L,) columns of the options that are bought by area."""
        return list(self.problem.area_options) if self.problem.n_areas else []

    @cached_property
    def eligible(self) -> np.ndarray:
        """(n, m)"""
        return self.problem.values > -np.inf

    @cached_property
    def personal(self) -> np.ndarray:
        """(n, m) open options that are not bought by area."""
        personal = self.eligible.copy()
        personal[:, list(self.problem.area_options)] = False
        return personal

    @cached_property
    def held(self) -> np.ndarray:
        """(n, m) options of campaigns of which a customer is held out."""
        held = np.zeros(self.eligible.shape, dtype=bool)
        for one in self.asked:
            held |= one.is_holdout[:, None] & one.options
        return held

    @cached_property
    def coverable(self) -> np.ndarray:
        """(n, L) who could get a leaflet if the area opened, held out or not."""
        if not self.leaflets:
            return np.zeros((len(self.eligible), 0), dtype=bool)
        return self.eligible[:, self.leaflets] & (self.problem.area >= 0)[:, None]

    @cached_property
    def covered(self) -> np.ndarray:
        """(n, L) the same, without those held out."""
        return self.coverable & ~self.held[:, self.leaflets]

    @cached_property
    def area(self) -> np.ndarray:
        """(n,) 0 for none: only to be used together with `coverable`."""
        nowhere = np.zeros(len(self.eligible), dtype=np.int64)
        return np.maximum(self.problem.area, 0) if self.leaflets else nowhere

    @property
    def no_area(self) -> np.ndarray:
        """(areas, L)"""
        return np.zeros((self.problem.n_areas, len(self.leaflets)), dtype=bool)

    def reached(self, opened: np.ndarray) -> np.ndarray:
        """(n, L) who gets a leaflet where these areas (areas, L) are opened."""
        return self.covered & opened[self.area] if self.leaflets else self.covered

    def per_area(self, amounts: np.ndarray) -> np.ndarray:
        """(areas, L) sums of what customers (n, L) have."""
        return np.column_stack(
            [np.bincount(self.area, weights=column, minlength=self.problem.n_areas) for column in amounts.T]
        )

    def campaign_of(self, option: int) -> int:
        return next(number for number, one in enumerate(self.asked) if one.options[option])

    def gross(self) -> np.ndarray:
        """(n, m) values before cost; those of leaflets are."""
        costs = np.array(np.broadcast_to(self.problem.costs, self.problem.values.shape))
        costs[:, list(self.problem.area_options)] = 0.0
        return self.problem.values + costs


def of_choice(choice: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """(n,) the amount of each choice, 0 for no contact; `amounts` (m,) or (n, m)."""
    some = np.flatnonzero(choice >= 0)
    taken = np.zeros(choice.size)
    taken[some] = amounts[choice[some]] if amounts.ndim == 1 else amounts[some, choice[some]]
    return taken
