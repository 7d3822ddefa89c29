"""What scores and policies are worth, judged by logged decisions alone.

Treatments are coded as in `UpliftModel.fit`: 0 is no contact, j + 1 is option j; so a plan's `choice` is a policy
after adding 1. Rows without a known propensity must be left out by the caller.
"""

from dataclasses import dataclass

import numpy as np

from .logged import checked_column, checked_propensity, checked_treatment
from .outcomes import doubly_robust


@dataclass(frozen=True)
class Estimate:
    """An average per customer, with its standard error and how many equally weighted customers stand behind it."""

    value: float
    standard_error: float
    effective_count: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by the normal approximation."""
        return self.value - 1.96 * self.standard_error, self.value + 1.96 * self.standard_error


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


@dataclass(frozen=True)
class Decile:
    """One tenth of the customers, best-scored first: what was predicted and what was observed."""

    number: int
    customers: int
    predicted: float
    observed: float
    standard_error: float


def qini_curve(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> Curve:
    """Outcome of the treated less that of the untreated scaled to the same number, cumulated by falling score.

    `treated` (n,) bool: one option against no contact. `propensity` weights each row by 1 / its own; None: all alike.
    """
    ends, sums = _cumulated(score, treated, outcome, propensity)
    gain = sums.treated - sums.spared * np.divide(
        sums.treated_weight, sums.spared_weight, out=np.zeros(ends.size), where=sums.spared_weight > 0
    )
    total = max(sums.treated_weight[-1], 1e-300)
    return _curve(ends, gain / total)


def uplift_curve(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> Curve:
    """Difference of the two mean outcomes times the share contacted, by falling score; its area is the AUUC."""
    ends, sums = _cumulated(score, treated, outcome, propensity)
    both = (sums.treated_weight > 0) & (sums.spared_weight > 0)
    means = [
        np.divide(total, weight, out=np.zeros(ends.size), where=both)
        for total, weight in ((sums.treated, sums.treated_weight), (sums.spared, sums.spared_weight))
    ]
    return _curve(ends, (means[0] - means[1]) * ends / max(ends[-1], 1))


def qini_coefficient(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> float:
    """Area between the Qini curve and chance, in cents per customer: 0 for a score that knows nothing."""
    curve = qini_curve(score, treated, outcome, propensity)
    return curve.area - curve.area_of_chance


def auuc(score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None) -> float:
    return uplift_curve(score, treated, outcome, propensity).area


def uplift_by_decile(
    uplift: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None = None
) -> list[Decile]:
    """Predicted against observed uplift; fewer than ten where there are fewer customers."""
    uplift, treated, outcome, weight = _checked(uplift, treated, outcome, propensity)
    order = np.argsort(-uplift, kind="stable")
    parts = [part for part in np.array_split(order, 10) if part.size]
    return [
        _decile(number, uplift[part], treated[part], outcome[part], weight[part])
        for number, part in enumerate(parts, start=1)
    ]


def policy_value_ips(
    policy: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray
) -> Estimate:
    """Mean outcome had `policy` (n,) decided: self-normalised inverse propensity weighting."""
    policy, treatment, outcome, propensity = _checked_policy(policy, treatment, outcome, propensity)
    weight = (policy == treatment) / propensity
    total = weight.sum()
    if total == 0:
        return Estimate(float("nan"), float("inf"), 0.0)
    value = float(weight @ outcome / total)
    error = float(np.sqrt((weight**2 * (outcome - value) ** 2).sum()) / total)
    return Estimate(value, error, float(total**2 / (weight**2).sum()))


def policy_value_dr(
    policy: np.ndarray,
    treatment: np.ndarray,
    outcome: np.ndarray,
    propensity: np.ndarray,
    expected: np.ndarray,
) -> Estimate:
    """The same, doubly robust: `expected` (n, 1 + m) outcomes by a model that has not seen these rows."""
    policy, treatment, outcome, propensity = _checked_policy(policy, treatment, outcome, propensity)
    expected = np.asarray(expected, dtype=float)
    codes = int(max(policy.max(initial=0), treatment.max(initial=0))) + 1
    if expected.ndim != 2 or len(expected) != len(outcome) or expected.shape[1] < codes:
        raise ValueError(f"expected must have shape ({len(outcome)}, at least {codes}), got {expected.shape}")
    if not len(outcome):
        return Estimate(float("nan"), float("inf"), 0.0)
    rows = np.arange(len(outcome))
    pseudo = doubly_robust(expected, treatment, outcome, propensity)[rows, policy]
    weight = (policy == treatment) / propensity
    count = float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300))
    return Estimate(float(pseudo.mean()), float(pseudo.std() / np.sqrt(len(pseudo))), count)


@dataclass(frozen=True, eq=False)
class _Sums:
    treated: np.ndarray
    spared: np.ndarray
    treated_weight: np.ndarray
    spared_weight: np.ndarray


def _cumulated(
    score: np.ndarray, treated: np.ndarray, outcome: np.ndarray, propensity: np.ndarray | None
) -> tuple[np.ndarray, _Sums]:
    """Sums over the best-scored, at the ends of runs of equal scores: their order among themselves means nothing."""
    score, treated, outcome, weight = _checked(score, treated, outcome, propensity)
    if not score.size:
        raise ValueError("score must have at least one row, got none")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(score[order][1:] != score[order][:-1], True))
    parts = (treated * weight * outcome, ~treated * weight * outcome, treated * weight, ~treated * weight)
    return last + 1, _Sums(*(np.cumsum(part[order])[last] for part in parts))


def _curve(ends: np.ndarray, gain: np.ndarray) -> Curve:
    return Curve(np.concatenate([[0.0], ends / ends[-1]]), np.concatenate([[0.0], gain]))


def _decile(number: int, uplift: np.ndarray, treated: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Decile:
    means, variance = [], 0.0
    for group in (treated, ~treated):
        total = weight[group].sum()
        mean = weight[group] @ outcome[group] / total if total > 0 else np.nan
        variance += (weight[group] ** 2 * (outcome[group] - mean) ** 2).sum() / total**2 if total > 0 else np.nan
        means.append(mean)
    return Decile(number, uplift.size, float(uplift.mean()), float(means[0] - means[1]), float(np.sqrt(variance)))


def _checked(
    score: object, treated: object, outcome: object, propensity: object | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    n = np.size(outcome)
    treated = np.asarray(treated, dtype=bool)
    if treated.shape != (n,):
        raise ValueError(f"treated must have shape {(n,)}, got {treated.shape}")
    weight = np.ones(n) if propensity is None else 1 / checked_propensity(propensity, n)
    return checked_column("score", score, n), treated, checked_column("outcome", outcome, n), weight


def _checked_policy(
    policy: object, treatment: object, outcome: object, propensity: object
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    n = np.size(outcome)
    return (
        checked_treatment("policy", policy, n, None),
        checked_treatment("treatment", treatment, n, None),
        checked_column("outcome", outcome, n),
        checked_propensity(propensity, n),
    )
