"""Does a score rank those first whom a contact moves? Qini and uplift curves, from one option against no contact.

`treated` (n,) bool: got the option, or nothing. `propensity` (n,) weights each row by 1 / its own; None: all alike. Where
one of the two groups is empty nothing can be compared, and every gain is NaN.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .logged import checked_column, checked_propensity


@dataclass(frozen=True, eq=False)
class Curve:
    """Cumulative gain in cents per customer when the best-scored share of them is contacted; starts at (0, 0)."""

    share: np.ndarray
    gain: np.ndarray

    @property
    def area(self) -> float:
        return float(np.trapezoid(self.gain, self.share))

    @property
    def area_of_chance(self) -> float:
        """Below the straight line to the same end: what contacting in random order gains."""
        return float(self.gain[-1]) / 2

    def thinned(self, points: int = 51) -> Self:
        """The same curve at evenly spaced shares, for drawing."""
        share = np.linspace(0, 1, points)
        return type(self)(share, np.interp(share, self.share, self.gain))


def qini_curve(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> Curve:
    """Outcome of the treated less that of the untreated scaled to the same number, cumulated by falling score.

    Radcliffe 2007, per treated customer. While nobody untreated has come yet, nothing is taken off.
    """
    ends, sums = _cumulated(score, treated, outcome, propensity)
    if not sums.can_compare:
        return _curve(ends, np.full(ends.size, np.nan))
    gain = sums.treated - sums.spared * _ratio(sums.treated_weight, sums.spared_weight)
    return _curve(ends, gain / sums.treated_weight[-1])


def uplift_curve(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> Curve:
    """Difference of the two mean outcomes times the share contacted, by falling score; its area is the AUUC.

    While only one of the two groups has come yet, the gain is 0.
    """
    ends, sums = _cumulated(score, treated, outcome, propensity)
    if not sums.can_compare:
        return _curve(ends, np.full(ends.size, np.nan))
    both = (sums.treated_weight > 0) & (sums.spared_weight > 0)
    difference = _ratio(sums.treated, sums.treated_weight) - _ratio(sums.spared, sums.spared_weight)
    return _curve(ends, np.where(both, difference, 0.0) * ends / ends[-1])


def qini_coefficient(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> float:
    """Area between the Qini curve and chance, in cents per customer: 0 for a score that knows nothing."""
    curve = qini_curve(score, treated, outcome, propensity)
    return curve.area - curve.area_of_chance


def auuc(score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None) -> float:
    return uplift_curve(score, treated, outcome, propensity).area


@dataclass(frozen=True, eq=False)
class _Sums:
    treated: np.ndarray
    spared: np.ndarray
    treated_weight: np.ndarray
    spared_weight: np.ndarray

    @property
    def can_compare(self) -> bool:
        return bool(self.treated_weight[-1] > 0 and self.spared_weight[-1] > 0)


def _cumulated(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None
) -> tuple[np.ndarray, _Sums]:
    """Sums over the best-scored, at the ends of runs of equal scores: their order among themselves means nothing."""
    score, treated, outcome, weight = checked_pair(score, treated, outcome, propensity)
    if not score.size:
        raise ValueError("score must have at least one row, got none")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(score[order][1:] != score[order][:-1], True))
    parts = (treated * weight * outcome, ~treated * weight * outcome, treated * weight, ~treated * weight)
    return last + 1, _Sums(*(np.cumsum(part[order])[last] for part in parts))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(part.size), where=whole > 0)


def _curve(ends: np.ndarray, gain: np.ndarray) -> Curve:
    return Curve(np.concatenate([[0.0], ends / ends[-1]]), np.concatenate([[0.0], gain]))


def checked_pair(
    score: object, treated: object, outcome: object, propensity: object | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Score, treated, outcome and weight of each row. Raises ValueError that names what is wrong."""
    n = np.size(outcome)
    treated = np.asarray(treated, dtype=bool)
    if treated.shape != (n,):
        raise ValueError(f"treated must have shape {(n,)}, got {treated.shape}")
    weight = np.ones(n) if propensity is None else 1 / checked_propensity(propensity, n)
    return checked_column("score", score, n), treated, checked_column("outcome", outcome, n), weight
