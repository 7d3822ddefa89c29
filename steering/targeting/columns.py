"""Features as models want them: columns that hold nothing filled, and a standardised view for linear models."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

SEEN = 50_000  # rows from which quantiles are taken; more say hardly more
LEAST_SPREAD = 1e-30  # of a column; dividing by less leaves float32
OUTER = 0.005  # share on each side that is cut back, so that one far value does not bend a line
MOST_CATEGORIES = 30  # the most frequent ones have a column each
KNOTS = (0.2, 0.4, 0.6, 0.8)  # shares of the customers below each place where a line may bend
FEWEST_VALUES = 5  # of a number, below which nothing bends
BEND = 0.3  # how much less a line believes in a bend than in a slope


def varying(X: np.ndarray) -> np.ndarray:  # noqa: N803
    """Indices of the columns that tell customers apart, being missing included; the first column where none does."""
    missing = np.isnan(X)
    differs = np.fmax.reduce(X, axis=0, initial=-np.inf) > np.fmin.reduce(X, axis=0, initial=np.inf)
    found = np.flatnonzero(differs | (missing.any(axis=0) & ~missing.all(axis=0)))
    return found if found.size else np.arange(min(1, X.shape[1]))


class EmptyColumnsFilled(TransformerMixin, BaseEstimator):
    """Columns that were missing for everybody in `fit` are 0 for everybody, always; NaN elsewhere stays."""

    def fit(self, X: np.ndarray, y: np.ndarray | None = None) -> Self:  # noqa: N803
        self.is_empty_ = np.isnan(X).all(axis=0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return np.where(self.is_empty_, 0.0, X) if self.is_empty_.any() else X


class Standardised(TransformerMixin, BaseEstimator):
    """Numbers cut back to their middle 99 %, missing ones at the median with a column that says so, categories as
    columns of their own; all with mean 0 and variance 1, float32. Columns without variance are left out.

    is_bent: `Bends` follow, after `n_lines_` columns.
    """

    def __init__(self, *, categorical: Sequence[int] = (), is_bent: bool = False) -> None:
        self.categorical = categorical
        self.is_bent = is_bent

    def fit(self, X: np.ndarray, y: np.ndarray | None = None) -> Self:  # noqa: N803
        seen = X[:: max(1, len(X) // SEEN)].astype(np.float64)
        empty = np.isnan(seen).all(axis=0)
        seen[:, empty] = 0.0
        self.low_, self.middle_, self.high_ = np.nanquantile(seen, [OUTER, 0.5, 1 - OUTER], axis=0).astype(np.float32)
        is_number = np.ones(X.shape[1], dtype=bool)
        is_number[list(self.categorical)] = False
        self.numbers_ = np.flatnonzero(is_number & ~empty)
        self.missing_ = np.flatnonzero(np.isnan(seen).any(axis=0) & is_number)
        self.categories_ = [_frequent(seen[:, column]) for column in self.categorical]
        raw = self._raw(seen.astype(np.float32))
        mean, spread = raw.mean(axis=0, dtype=np.float64), raw.std(axis=0, dtype=np.float64)
        self.kept_ = np.flatnonzero((spread > LEAST_SPREAD) & (spread > 1e-5 * np.abs(mean)))
        self.mean_ = mean[self.kept_].astype(np.float32)
        self.scale_ = (1 / spread[self.kept_]).astype(np.float32)
        self.n_lines_ = self.kept_.size
        self.bends_ = Bends(numbers=self.numbers_).fit(seen) if self.is_bent else None
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        X = np.asarray(X, dtype=np.float32)  # noqa: N806
        raw = self._raw(X)[:, self.kept_]
        raw -= self.mean_
        raw *= self.scale_
        return raw if self.bends_ is None else np.hstack([raw, self.bends_.transform(X)])

    def _raw(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        numbers = X[:, self.numbers_]
        numbers = np.where(np.isnan(numbers), self.middle_[self.numbers_], numbers)
        np.clip(numbers, self.low_[self.numbers_], self.high_[self.numbers_], out=numbers)
        flags = np.isnan(X[:, self.missing_]).astype(np.float32)
        coded = [
            (X[:, [column]] == values).astype(np.float32)
            for column, values in zip(self.categorical, self.categories_, strict=True)
        ]
        return np.hstack([numbers, flags, *coded])


class Bends(TransformerMixin, BaseEstimator):
    """For each number and knot by how much it is above, so that a line of these columns may bend there (linear splines; Hastie
    and Tibshirani 1990); 0 for missing ones, mean 0 and variance BEND squared, float32.
    """

    def __init__(self, *, numbers: Sequence[int]) -> None:
        self.numbers = numbers

    def fit(self, X: np.ndarray, y: np.ndarray | None = None) -> Self:  # noqa: N803
        knots = [_knots(X[:, column]) for column in self.numbers]
        sizes = [own.size for own in knots]
        self.columns_ = np.repeat(np.asarray(self.numbers, dtype=np.int64), sizes)
        self.knots_ = np.concatenate([*knots, []]).astype(np.float32)
        high = [np.nanquantile(X[:, column], 1 - OUTER) for column in self.numbers]
        self.high_ = np.repeat(np.array(high, dtype=np.float32), sizes)
        raw = self._raw(X.astype(np.float32))
        self.mean_, spread = raw.mean(axis=0), raw.std(axis=0)
        self.scale_ = (BEND / np.where(spread > LEAST_SPREAD, spread, np.inf)).astype(np.float32)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return (self._raw(np.asarray(X, dtype=np.float32)) - self.mean_) * self.scale_

    def _raw(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        above = np.minimum(X[:, self.columns_], self.high_) - self.knots_
        return np.where(above > 0, above, np.float32(0))


def _knots(values: np.ndarray) -> np.ndarray:
    values = values[~np.isnan(values)]
    distinct = np.unique(values)
    if distinct.size < FEWEST_VALUES:
        return np.zeros(0)
    found = np.unique(np.quantile(values, KNOTS))
    return found[(found > distinct[0]) & (found < distinct[-1])]


def _frequent(codes: np.ndarray) -> np.ndarray:
    values, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
    return np.sort(values[np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]]).astype(np.float32)
