"""Expected money as probability of any times mean amount: most customers buy nothing, few buy much."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline

from .columns import EmptyColumnsFilled

FEWEST = 40  # outcomes of a kind below which a constant is the better model


class TwoPartRegressor(RegressorMixin, BaseEstimator):
    """Boosted trees for P(y != 0 | X) and for E[y | y != 0, X]; constants where there is too little to learn from."""

    def __init__(self, *, max_iter: int = 60, learning_rate: float = 0.08, random_state: int = 0) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:  # noqa: N803
        some = y != 0
        self.share_ = float(some.mean()) if y.size else 0.0
        self.mean_amount_ = float(y[some].mean()) if some.any() else 0.0
        self.any_model_ = self.amount_model_ = None
        if min(some.sum(), (~some).sum()) >= FEWEST:
            trees = HistGradientBoostingClassifier(**self._shape(y.size))
            self.any_model_ = make_pipeline(EmptyColumnsFilled(), trees).fit(X, some)
        if some.sum() >= FEWEST and np.ptp(y[some]) > 0:
            trees = HistGradientBoostingRegressor(**self._shape(some.sum()))
            self.amount_model_ = make_pipeline(EmptyColumnsFilled(), trees).fit(X[some], y[some])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        share = np.full(len(X), self.share_)
        amount = np.full(len(X), self.mean_amount_)
        if self.any_model_ is not None and len(X):
            share = self.any_model_.predict_proba(X)[:, 1]
        if self.amount_model_ is not None and len(X):
            amount = self.amount_model_.predict(X)
        return share * amount

    def _shape(self, rows: int) -> dict:
        return {
            "max_iter": self.max_iter,
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": 12,
            "min_samples_leaf": int(np.clip(rows // 100, 15, 100)),
            "l2_regularization": 5.0,
            "early_stopping": False,
            "random_state": self.random_state,
        }
