"""What each option adds for each customer, learned from logged decisions and their propensities."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from .columns import EmptyColumnsFilled
from .logged import Logged, checked_features, checked_log
from .outcomes import (
    cross_fitted_outcomes,
    doubly_robust,
    fit_outcomes,
    folds_of,
    predict_outcomes,
    winsorised,
)
from .shrinkage import believed, effective_count, stack


class UpliftModel(BaseEstimator):
    """Expected uplift in cents of each of m options against no contact.

    Doubly robust pseudo-outcomes from cross-fitted two-part outcome models; per option three candidate models (the
    outcome model's own difference, boosted trees and a ridge on the pseudo-outcomes) stacked by what they explain out of
    fold, shrunk by James-Stein to the option's mean; the mean shrunk to the prior.

    priors            (m,) expected uplift in cents before any data; None: all 0, and m is the largest treatment seen.
    groups            (m,) channel of each option, 0 to n_groups - 1; None: every option is a channel of its own.
    group_priors      (n_groups,) the same as priors for a channel; None: the mean prior of its options.
    prior_strength    how many contacted customers the prior is worth.
    fewest            contacted customers (and as many without contact) below which an option keeps its prior exactly.
    fewest_individual the same for individual effects; below it everyone gets the option's mean.
    least_propensity  smaller propensities are raised to this: a little bias against much variance.
    tail              outer share of the amounts, on each side, that is cut back to its quantile.

    Learned: n_options_, n_features_in_, counts_ (1 + m,), pooled_ (m,) mean effects, believed_ (m,) the weight of the data in
    them, weights_ (m, 3) of the candidates, chosen_: what the staff see of that choice.
    """

    def __init__(
        self, *, priors: np.ndarray | list[float] | None = None, groups: np.ndarray | list[int] | None = None,
        group_priors: np.ndarray | list[float] | None = None, prior_strength: float = 1000.0, fewest: int = 30,
        fewest_individual: int = 300, least_propensity: float = 0.01, tail: float = 0.01, folds: int = 3,
        random_state: int = 0,
    ) -> None:  # fmt: skip
        self.priors = priors
        self.groups = groups
        self.group_priors = group_priors
        self.prior_strength = prior_strength
        self.fewest = fewest
        self.fewest_individual = fewest_individual
        self.least_propensity = least_propensity
        self.tail = tail
        self.folds = folds
        self.random_state = random_state

    def fit(
        self, X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,  # noqa: N803
        *, eligible: np.ndarray | None = None,
    ) -> Self:  # fmt: skip
        """Learn from n logged decisions.

        X (n, f) features, NaN for missing. treatment (n,) 0 for no contact, j + 1 for option j. outcome (n,) cents.
        propensity (n,) with which the given treatment was chosen. eligible (n, m) which options a customer could have
        got; an option's effect is learned on those alone. None: any.
        """
        log = checked_log(X, treatment, outcome, propensity, eligible, n_options=self._given_options())
        self.n_features_in_, self.n_options_ = log.X.shape[1], log.n_options
        self.counts_ = np.bincount(log.treatment, minlength=self.n_options_ + 1)
        self._start_from_priors()
        learnable = self._learnable()
        if learnable.any():
            self._learn(log, np.flatnonzero(learnable))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, m) expected uplift in cents."""
        check_is_fitted(self, "pooled_")
        X = checked_features(X, self.n_features_in_)  # noqa: N806
        uplift = np.tile(self.pooled_, (len(X), 1))
        individual = np.flatnonzero(self.weights_.any(axis=1))
        if not individual.size or not len(X):
            return uplift
        expected = predict_outcomes(self.outcome_model_, X, self.n_options_)
        for option in individual:
            candidates = self._candidates(option, X, expected)
            uplift[:, option] += (candidates - self.centres_[option]) @ self.weights_[option]
        return uplift

    def predict_groups(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, n_groups) expected uplift in cents of a content of each channel that was never sent."""
        uplift = self.predict(X)
        found = np.tile(self.group_priors_, (len(uplift), 1))
        for group in np.unique(self.groups_):
            options = self.groups_ == group
            weights = self.counts_[1:][options] + 1e-9
            found[:, group] = uplift[:, options] @ (weights / weights.sum())
        return found

    def _given_options(self) -> int | None:
        if self.priors is None:
            return None
        priors = np.asarray(self.priors, dtype=float)
        if priors.ndim != 1 or not np.isfinite(priors).all():
            raise ValueError(f"priors must be finite numbers, one per option, got {self.priors!r}")
        return priors.size

    def _start_from_priors(self) -> None:
        m = self.n_options_
        self.priors_ = np.zeros(m) if self.priors is None else np.asarray(self.priors, dtype=float)
        self.groups_ = np.arange(m) if self.groups is None else np.asarray(self.groups, dtype=np.int64)
        if self.groups_.shape != (m,) or self.groups_.min(initial=0) < 0:
            raise ValueError(f"groups must be {m} whole numbers from 0, one per option, got {self.groups!r}")
        self.group_priors_ = self._given_group_priors()
        self.chosen_: dict = {}
        self.pooled_, self.believed_ = self.priors_.copy(), np.zeros(m)
        self.weights_, self.centres_ = np.zeros((m, 3)), np.zeros((m, 3))
        self.outcome_model_ = None
        self.trees_: list = [None] * m
        self.lines_: list = [None] * m

    def _given_group_priors(self) -> np.ndarray:
        n_groups = int(self.groups_.max(initial=-1)) + 1
        if self.group_priors is None:
            sizes = np.maximum(np.bincount(self.groups_, minlength=n_groups), 1)
            return np.bincount(self.groups_, weights=self.priors_, minlength=n_groups) / sizes
        priors = np.asarray(self.group_priors, dtype=float)
        if priors.ndim != 1 or priors.size < n_groups or not np.isfinite(priors).all():
            raise ValueError(f"group_priors must be at least {n_groups} finite numbers, got {self.group_priors!r}")
        return priors

    def _learnable(self) -> np.ndarray:
        least = max(self.fewest, 2 * self.folds)
        return (self.counts_[1:] >= least) & (self.counts_[0] >= least)

    def _learn(self, log: Logged, options: np.ndarray) -> None:
        outcome = winsorised(log.outcome, self.tail)
        propensity = np.maximum(log.propensity, self.least_propensity)
        fold = folds_of(log.treatment, self.folds, random_state=self.random_state)
        expected = cross_fitted_outcomes(
            log.X, log.treatment, outcome, fold, self.n_options_, random_state=self.random_state
        )
        pseudo = doubly_robust(expected, log.treatment, outcome, propensity)
        self.outcome_model_ = fit_outcomes(
            log.X, log.treatment, outcome, self.n_options_, random_state=self.random_state
        )
        for option in options:
            rows = np.flatnonzero(log.eligible[:, option] | (log.treatment == option + 1))
            effect = pseudo[rows, option + 1] - pseudo[rows, 0]
            given = 1 / propensity[rows][log.treatment[rows] == option + 1]
            spared = 1 / propensity[rows][log.treatment[rows] == 0]
            count = min(effective_count(given), effective_count(spared))
            if count < self.fewest:
                continue
            self._learn_mean(option, effect, count)
            if count >= self.fewest_individual:
                plugged = expected[rows, option + 1] - expected[rows, 0]
                self._learn_individual(option, log.X[rows], effect, plugged, fold[rows])

    def _learn_mean(self, option: int, effect: np.ndarray, count: float) -> None:
        self.believed_[option] = believed(count, self.prior_strength)
        self.pooled_[option] += self.believed_[option] * (effect.mean() - self.priors_[option])

    def _learn_individual(
        self, option: int, X: np.ndarray, effect: np.ndarray, plugged: np.ndarray, fold: np.ndarray  # noqa: N803
    ) -> None:  # fmt: skip
        held_out = np.zeros((len(X), 3))
        held_out[:, 0] = plugged
        for number in np.unique(fold):
            out = fold == number
            held_out[out, 1] = self._trees(len(X)).fit(X[~out], effect[~out]).predict(X[out])
            held_out[out, 2] = self._line(len(X)).fit(X[~out], effect[~out]).predict(X[out])
            # Folds differ in their mean; only differences between customers are stacked.
            held_out[out] -= held_out[out].mean(axis=0)
        weights = stack(held_out, effect)
        if not weights.any():
            return
        self.weights_[option] = weights
        self.trees_[option] = self._trees(len(X)).fit(X, effect) if weights[1] else None
        self.lines_[option] = self._line(len(X)).fit(X, effect) if weights[2] else None
        expected = predict_outcomes(self.outcome_model_, X, self.n_options_)
        self.centres_[option] = self._candidates(option, X, expected).mean(axis=0)

    def _candidates(self, option: int, X: np.ndarray, expected: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, 3) in the order of weights_; 0 for a candidate without weight."""
        found = np.zeros((len(X), 3))
        found[:, 0] = expected[:, option + 1] - expected[:, 0]
        for column, model in ((1, self.trees_[option]), (2, self.lines_[option])):
            if model is not None:
                found[:, column] = model.predict(X)
        return found

    def _trees(self, rows: int) -> Pipeline:
        trees = HistGradientBoostingRegressor(
            max_iter=50,
            learning_rate=0.06,
            max_leaf_nodes=6,
            min_samples_leaf=int(np.clip(rows // 40, 20, 500)),
            l2_regularization=10.0,
            early_stopping=False,
            random_state=self.random_state,
        )
        return make_pipeline(EmptyColumnsFilled(), trees)

    def _line(self, rows: int) -> Pipeline:
        imputer = SimpleImputer(strategy="median", keep_empty_features=True)
        return make_pipeline(imputer, StandardScaler(), Ridge(alpha=0.05 * rows))
