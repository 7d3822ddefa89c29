"""Picks one learner by what deciding with it would earn; the simpler one where the difference is noise."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from .learners import DRLearner, SLearner, TLearner, XLearner
from .learners.base import UpliftLearner
from .logged import Logged, checked_features, checked_log
from .outcomes import cross_fitted_outcomes, doubly_robust, folds_of
from .selector import ranking_terms

MEAN = "mean"  # everybody gets the mean effect: the simplest there is


class PolicySelector(BaseEstimator):
    """Of several learners the one whose policy is worth most on customers that it has not seen.

    The policy contacts the best-scored share q with each one's best option; its doubly robust value with the logged
    propensities (Dudík, Langford and Li 2011) is averaged over all q, as budgets are not known here (see `selector`). Of
    those whose value is less than that of the best by no more than one standard error of the difference, the first is
    picked (Breiman et al. 1984, the rule of one standard error): list the simpler first. "mean" precedes all.

    learners          (name, estimator) pairs; None: six of `steering.targeting.learners`.
    folds, least_propensity, random_state   as in UpliftLearner, for the comparison.

    Learned: picked_ its name, learner_ fitted on all rows, chosen_: for every name its value per customer in the outcome's
    unit, the standard error, and how far it is behind the best with the standard error of that.
    """

    def __init__(
        self, learners: Sequence[tuple[str, UpliftLearner]] | None = None, *, folds: int = 3,
        least_propensity: float = 0.01, random_state: int = 0,
    ) -> None:  # fmt: skip
        self.learners = learners
        self.folds = folds
        self.least_propensity = least_propensity
        self.random_state = random_state

    def fit(
        self, X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, propensity: np.ndarray,  # noqa: N803
        *, eligible: np.ndarray | None = None,
    ) -> Self:  # fmt: skip
        """As UpliftLearner.fit."""
        log = checked_log(X, treatment, outcome, propensity, eligible, n_options=None)
        if len(log.X) < self.folds:
            raise ValueError(f"X must have at least {self.folds} rows, one for each fold, got {len(log.X)}")
        self.n_features_in_, self.n_options_ = log.X.shape[1], log.n_options
        fold = folds_of(log.treatment, self.folds, random_state=self.random_state)
        pseudo = self._pseudo(log, fold)
        offered = {MEAN: _Mean(pseudo)} | dict(self._offered())
        worth = {
            name: _worth(self._held_out(learner, log, fold), pseudo, log.eligible) for name, learner in offered.items()
        }
        self.picked_, self.chosen_ = _picked(worth)
        self.learner_ = clone(offered[self.picked_]) if self.picked_ != MEAN else offered[MEAN]
        self.learner_.fit(log.X, log.treatment, log.outcome, log.propensity, eligible=log.eligible)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, m) expected uplift in the outcome's unit."""
        check_is_fitted(self, "learner_")
        return self.learner_.predict(checked_features(X, self.n_features_in_))

    def _offered(self) -> Sequence[tuple[str, UpliftLearner]]:
        if self.learners is not None:
            return self.learners
        given = {"least_propensity": self.least_propensity, "random_state": self.random_state}
        return [
            ("t_linear", TLearner(base="linear", **given)),
            ("t_additive", TLearner(base="additive", **given)),
            ("s_trees", SLearner(base="trees", **given)),
            ("x_additive", XLearner(base="additive", **given)),
            ("x_trees", XLearner(base="trees", **given)),
            ("dr_trees", DRLearner(base="trees", **given)),
        ]

    def _pseudo(self, log: Logged, fold: np.ndarray) -> np.ndarray:
        """(n, m) doubly robust effects."""
        expected = cross_fitted_outcomes(
            log.X, log.treatment, log.outcome, fold, log.n_options, random_state=self.random_state
        )
        propensity = np.maximum(log.propensity, self.least_propensity)
        pseudo = doubly_robust(expected, log.treatment, log.outcome, propensity)
        return pseudo[:, 1:] - pseudo[:, [0]]

    def _held_out(self, learner: UpliftLearner, log: Logged, fold: np.ndarray) -> np.ndarray:
        found = np.zeros(log.eligible.shape)
        for number in np.unique(fold):
            out = fold == number
            learned = learner if isinstance(learner, _Mean) else clone(learner)
            learned.fit(
                log.X[~out], log.treatment[~out], log.outcome[~out], log.propensity[~out], eligible=log.eligible[~out]
            )
            predicted = learned.predict(log.X[out])
            found[out, : predicted.shape[1]] = predicted
        return found


class _Mean(BaseEstimator):
    """The mean doubly robust effect of each option for everybody."""

    def __init__(self, pseudo: np.ndarray) -> None:
        self.pseudo = pseudo

    def fit(self, X: np.ndarray, *log: np.ndarray, eligible: np.ndarray) -> Self:  # noqa: N803
        self.mean_ = self.pseudo.mean(axis=0) if self.pseudo.size else np.zeros(self.pseudo.shape[1])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return np.tile(self.mean_, (len(X), 1))


def _worth(uplift: np.ndarray, pseudo: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """(n,) what each customer adds to the value: the effect of their best option, times the share of budgets that reach
    them.
    """
    if not uplift.shape[1]:
        return np.zeros(len(uplift))
    rows, best = np.arange(len(uplift)), np.where(eligible, uplift, -np.inf).argmax(axis=1)
    reached = eligible.any(axis=1)
    worth = np.zeros(len(uplift))
    worth[reached] = pseudo[rows, best][reached] * (ranking_terms(uplift[rows, best][reached]) + 0.5)
    return worth


def _picked(worth: dict[str, np.ndarray]) -> tuple[str, dict[str, Any]]:
    best = max(worth, key=lambda name: worth[name].mean())
    chosen = {}
    for name, own in worth.items():
        behind = worth[best] - own
        errors = [float(terms.std() / np.sqrt(terms.size)) for terms in (own, behind)]
        chosen[name] = {
            "value": float(own.mean()), "value_error": errors[0], "behind": float(behind.mean()), "behind_error": errors[1],
        }  # fmt: skip
    return next(name for name, own in chosen.items() if own["behind"] <= own["behind_error"]), chosen
