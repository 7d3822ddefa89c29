"""What each option adds for each customer, learned from logged decisions and their propensities."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from . import effects
from .bases import Viewer
from .columns import varying
from .hierarchy import pool
from .learners.base import checked_categorical
from .learners.distilled import Distilled
from .logged import Logged, checked_features, checked_log
from .parts import split


class UpliftModel(BaseEstimator):
    """Expected uplift in cents of each of m options (contents) in g groups (channels) against no contact.

    Mean effects: doubly robust, an option's drawn to its group's and that to the prior (`hierarchy.pool`). Who differs from
    the mean: several learners of each group's effect, cross-fitted on the same folds and added with weights by what they
    explain out of fold (`selector`); what sets an option apart from its group where that is proven. What is kept and scores
    customers are the lines among them and a small model of the rest (`Distilled`).

    priors            (m,) expected uplift in cents before any data; None: all 0, and m is the largest treatment seen.
    groups            (m,) channel of each option, 0 to g - 1; None: every option is a channel of its own.
    group_priors      (g,) the same as priors for a channel; None: the mean prior of its options.
    prior_strength    how many contacted customers the prior is worth.
    fewest            contacted customers (and as many without contact) below which an option keeps its prior or, where its
                      channel is known, the channel's effect.
    fewest_individual the same for individual effects of a channel; below it everyone gets the mean.
    outcome_kind      "binary" (0 and one other value), "money" (two-part) or "auto".
    categorical       columns of X that hold codes, not numbers.
    least_propensity  smaller propensities are raised to this: a little bias against much variance.
    tail              outer share of the amounts, on each side, that is cut back to its quantile.
    most_rows         of more rows that many are drawn at random to learn from.

    Learned: n_options_, n_features_in_, counts_ (1 + m,), pooled_ (m,) and group_pooled_ (g,) mean effects, believed_ (m,) the
    weight of the data in them, pooled_error_ (m,) the standard error of what the data alone say of them, chosen_: per group
    what every learner explains and what its ranking is worth, with standard errors, and its weight; all out of fold
    (`effects.Report`).
    """

    def __init__(
        self, *, priors: Sequence[float] | None = None, groups: Sequence[int] | None = None,
        group_priors: Sequence[float] | None = None, prior_strength: float = 1000.0, fewest: int = 30,
        fewest_individual: int = 300, outcome_kind: str = "auto", categorical: Sequence[int] = (),
        least_propensity: float = 0.01, tail: float = 0.01, folds: int = 3, most_rows: int = 200_000,
        random_state: int = 0,
    ) -> None:  # fmt: skip
        self.priors = priors
        self.groups = groups
        self.group_priors = group_priors
        self.prior_strength = prior_strength
        self.fewest = fewest
        self.fewest_individual = fewest_individual
        self.outcome_kind = outcome_kind
        self.categorical = categorical
        self.least_propensity = least_propensity
        self.tail = tail
        self.folds = folds
        self.most_rows = most_rows
        self.random_state = random_state

    def fit(
        self, X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,  # noqa: N803
        *, eligible: np.ndarray | None = None,
    ) -> Self:  # fmt: skip
        """Learn from n logged decisions.

        X (n, f) features, NaN for missing. treatment (n,) 0 for no contact, j + 1 for option j. outcome (n,) cents.
        propensity (n,) with which the given treatment was chosen. eligible (n, m) which options a customer could have
        got; an option's effect is learned on those alone. None: any. Raises ValueError.
        """
        log = checked_log(X, treatment, outcome, propensity, eligible, n_options=self._given_options())
        self.n_features_in_, self.n_options_ = log.X.shape[1], log.n_options
        self.counts_ = np.bincount(log.treatment, minlength=self.n_options_ + 1)
        self._start_from_priors()
        if ((self.counts_[1:] >= max(1, self.fewest)).any()) and self.counts_[0] >= max(1, self.fewest):
            self._learn(log)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, m) expected uplift in cents."""
        individual = self._individual(X)
        n_groups = len(self.group_pooled_)
        return self.pooled_ + individual[:, self.groups_] + individual[:, n_groups:]

    def predict_groups(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, g) expected uplift in cents of a content of each channel that was never sent."""
        return self.group_pooled_ + self._individual(X)[:, : len(self.group_pooled_)]

    def _individual(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, g + m) differences from the mean: of each group, and of each option from its group."""
        check_is_fitted(self, "pooled_")
        X = checked_features(X, self.n_features_in_)  # noqa: N806
        if self.individual_ is None or not len(X):
            return np.zeros((len(X), len(self.group_pooled_) + self.n_options_))
        return self.individual_.predict(X if self.columns_.size == self.n_features_in_ else X[:, self.columns_])

    def _given_options(self) -> int | None:
        if self.priors is None:
            return None if self.groups is None else len(self.groups)
        return checked_numbers("priors", self.priors).size

    def _start_from_priors(self) -> None:
        m = self.n_options_
        self.priors_ = np.zeros(m) if self.priors is None else checked_numbers("priors", self.priors)
        self.groups_ = np.arange(m) if self.groups is None else np.asarray(self.groups)
        is_whole = np.issubdtype(self.groups_.dtype, np.integer) or not m
        if self.groups_.shape != (m,) or not is_whole or self.groups_.min(initial=0) < 0:
            raise ValueError(f"groups must be {m} whole numbers from 0, one per option, got {self.groups!r}")
        self.groups_ = self.groups_.astype(np.int64)
        self.group_priors_ = self._given_group_priors()
        self.pooled_, self.believed_ = self.priors_.copy(), np.zeros(m)
        self.pooled_error_ = np.full(m, np.inf)
        self.group_pooled_ = self.group_priors_.copy()
        self.individual_: Distilled | None = None
        self.chosen_: dict = {}

    def _given_group_priors(self) -> np.ndarray:
        n_groups = int(self.groups_.max(initial=-1)) + 1
        if self.group_priors is None:
            sizes = np.bincount(self.groups_, minlength=n_groups)
            return np.bincount(self.groups_, weights=self.priors_, minlength=n_groups) / np.maximum(sizes, 1)
        priors = checked_numbers("group_priors", self.group_priors)
        if priors.size < n_groups:
            raise ValueError(f"group_priors must have one number for each of {n_groups} groups, got {priors.size}")
        return priors

    def _learn(self, log: Logged) -> None:
        kept = self._kept(len(log.X))
        X, categorical = self._telling(log.X[kept])  # noqa: N806
        settings = effects.Settings(
            groups=self.groups_, n_groups=len(self.group_priors_), fewest=self.fewest_individual, folds=self.folds,
            categorical=categorical, random_state=self.random_state,
        )  # fmt: skip
        propensity = np.maximum(log.propensity, self.least_propensity)
        viewer = Viewer(categorical, is_bent=True).fit(X)
        view = viewer.view(X)
        parts, _ = split(
            view, log.outcome[kept], kind=self.outcome_kind, tail=self.tail, random_state=self.random_state
        )
        decisions = effects.Decisions(view, log.treatment[kept], propensity[kept], log.eligible[kept], parts)
        learned = effects.learn(decisions, settings)
        means = effects.means(decisions, learned, settings)
        self.pooled_error_ = np.sqrt(means.variance)
        pooled = pool(
            means, self.groups_, self.priors_, self.group_priors_, strength=self.prior_strength, fewest=self.fewest
        )
        self.pooled_, self.believed_, self.group_pooled_ = pooled.option, pooled.option_believed, pooled.group
        self.individual_, self.chosen_ = learned.distilled(X, viewer.standardised, settings), learned.chosen

    def _telling(self, X: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:  # noqa: N803
        """Without the columns that are alike for all, and which of the others are categories."""
        categorical = checked_categorical(self.categorical, self.n_features_in_)
        self.columns_ = varying(X)
        return X[:, self.columns_], tuple(np.flatnonzero(np.isin(self.columns_, categorical)).tolist())

    def _kept(self, n: int) -> np.ndarray:
        if n <= self.most_rows:
            return np.arange(n)
        return np.sort(np.random.default_rng([self.random_state, 17]).choice(n, self.most_rows, replace=False))


def checked_numbers(name: str, given: Sequence[float]) -> np.ndarray:
    numbers = np.asarray(given, dtype=float)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite numbers in one dimension, got {given!r}")
    return numbers
