"""Columns that hold nothing at all in what a model learns from; boosted trees cannot bin them."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class EmptyColumnsFilled(TransformerMixin, BaseEstimator):
    """Columns that were missing for everybody in `fit` are 0 for everybody, always; NaN elsewhere stays."""

    def fit(self, X: np.ndarray, y: np.ndarray | None = None) -> Self:  # noqa: N803
        self.is_empty_ = np.isnan(X).all(axis=0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return np.where(self.is_empty_, 0.0, X) if self.is_empty_.any() else X
