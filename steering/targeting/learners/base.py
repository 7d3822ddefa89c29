"""What all learners share: checks, folds, the two parts of an outcome, and how little data is met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from steering.targeting.bases import BASES, DEEP, Fitter, Shape, View, Viewer
from steering.targeting.logged import checked_features, checked_log
from steering.targeting.outcomes import folds_of
from steering.targeting.parts import split
from steering.targeting.shrinkage import believed_mean

MOST_WEIGHT = 10.0  # of one row in units of its treatment's mean


@dataclass(frozen=True, eq=False)
class Sample:
    """n decisions as learners see them. `rate` times `amount` is the outcome without the luck of single amounts."""

    view: View
    treatment: np.ndarray
    rate: np.ndarray
    amount: np.ndarray
    propensity: np.ndarray
    eligible: np.ndarray
    is_chance: bool

    @property
    def n_options(self) -> int:
        return self.eligible.shape[1]

    def concerns(self, option: int) -> np.ndarray:
        """(n,) who could have got the option."""
        return self.eligible[:, option] | (self.treatment == option + 1)

    def balance(self) -> np.ndarray | None:
        """(n,) weights that undo how unevenly each treatment was given; None where it was given evenly."""
        weight = 1 / self.propensity
        for treatment in np.unique(self.treatment):
            rows = self.treatment == treatment
            weight[rows] = np.minimum(weight[rows] / weight[rows].mean(), MOST_WEIGHT)
        return None if np.allclose(weight, 1.0, atol=1e-3) else weight


class UpliftLearner(BaseEstimator):
    """Uplift of each of m options against no contact, in the outcome's unit.

    base              "trees" (boosted), "additive" (boosted stumps: no interactions) or "linear" (logistic or ridge).
    outcome_kind      "binary" (0 and one other value), "money" (0 for most; two-part) or "auto": by what is there.
    categorical       columns of X that hold codes, not numbers.
    folds             for cross-fitting, where a learner does that.
    least_propensity  smaller propensities are raised to this: a little bias against much variance.
    tail              outer share of the amounts, on each side, that is cut back to its quantile.

    An option that was never given, and all where nobody was left without contact, have uplift 0.
    Learned: n_features_in_, n_options_, counts_ (1 + m,).
    """

    shape: Shape = DEEP

    def __init__(
        self, *, base: str = "trees", outcome_kind: str = "auto", categorical: Sequence[int] = (), folds: int = 3,
        least_propensity: float = 0.01, tail: float = 0.01, random_state: int = 0,
    ) -> None:  # fmt: skip
        self.base = base
        self.outcome_kind = outcome_kind
        self.categorical = categorical
        self.folds = folds
        self.least_propensity = least_propensity
        self.tail = tail
        self.random_state = random_state

    def fit(
        self, X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,  # noqa: N803
        *, eligible: np.ndarray | None = None,
    ) -> Self:  # fmt: skip
        """Learn from n logged decisions.

        X (n, f) features, NaN for missing. treatment (n,) 0 for no contact, j + 1 for option j. outcome (n,). propensity
        (n,) with which the given treatment was chosen. eligible (n, m) which options a customer could have got; an
        option's effect is learned on those alone. None: any. Raises ValueError.
        """
        log = checked_log(X, treatment, outcome, propensity, eligible, n_options=None)
        if not len(log.X):
            raise ValueError("X must have at least one row, got none")
        if self.base not in BASES:
            raise ValueError(f"base must be one of {', '.join(BASES)}, got {self.base!r}")
        self.n_features_in_, self.n_options_ = log.X.shape[1], log.n_options
        self.counts_ = np.bincount(log.treatment, minlength=self.n_options_ + 1)
        self.viewer_ = Viewer(checked_categorical(self.categorical, self.n_features_in_)).fit(log.X)
        view = self.viewer_.view(log.X)
        parts, self.amounts_ = split(
            view, log.outcome, kind=self.outcome_kind, tail=self.tail, random_state=self.random_state
        )
        propensity = np.maximum(log.propensity, self.least_propensity)
        sample = Sample(
            view, log.treatment, parts.rate, parts.amount, propensity, log.eligible, parts.is_chance
        )  # fmt: skip
        self.known_ = (self.counts_[1:] > 0) & (self.counts_[0] > 0)
        self.amount_effects_ = np.array(
            [amount_effect(sample, parts.residual, option) for option in range(self.n_options_)]
        )
        if self.known_.any():
            self._learn(sample)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, m) expected uplift in the outcome's unit."""
        check_is_fitted(self, "amount_effects_")
        X = checked_features(X, self.n_features_in_)  # noqa: N806
        if not len(X) or not self.known_.any():
            return np.zeros((len(X), self.n_options_))
        view = self.viewer_.view(X)
        uplift = self._effect(view) * self.amounts_.expected(view)[:, None] + self.amount_effects_
        return np.where(self.known_, uplift, 0.0)

    def _learn(self, sample: Sample) -> None:
        """Learn effects on `sample.rate`."""
        raise NotImplementedError

    def _effect(self, view: View) -> np.ndarray:
        """(n, m) effects on the rate."""
        raise NotImplementedError

    def _fitter(self, *, is_chance: bool, shape: Shape | None = None) -> Fitter:
        categorical = tuple(self.categorical)
        return Fitter(self.base, is_chance, shape or self.shape, categorical, self.random_state)

    def _folds(self, sample: Sample) -> np.ndarray:
        return folds_of(sample.treatment, self.folds, random_state=self.random_state)


def checked_categorical(given: Sequence[int], n_features: int) -> tuple[int, ...]:
    columns = tuple(int(column) for column in given)
    if any(not 0 <= column < n_features for column in columns):
        raise ValueError(f"categorical must be columns from 0 to {n_features - 1}, got {list(given)}")
    return columns


def amount_effect(sample: Sample, residual: np.ndarray, option: int) -> float:
    """Mean effect on the outcome beyond that on the rate, believed as far as it is more than noise."""
    rows = sample.concerns(option)
    moved = pseudo_effect(sample.treatment, residual, sample.propensity, option)[rows]
    return believed_mean(moved)


def pseudo_effect(treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray, option: int) -> np.ndarray:
    """(n,) by inverse propensities; 0 for who got something else. The mean of each treatment is taken out first, and
    put back as itself: self-normalised, so that a common level does not become noise.
    """
    given, spared = treatment == option + 1, treatment == 0
    if not given.any() or not spared.any():
        return np.zeros(len(outcome))
    means = [np.average(outcome[rows], weights=1 / propensity[rows]) for rows in (given, spared)]
    moved = given * (outcome - means[0]) - spared * (outcome - means[1])
    return means[0] - means[1] + moved / propensity
