"""A small model that says what a large one says: many models learn, this one is stored and scores millions.

The large model's predictions hold no luck, so few trees and rows suffice to repeat them (Buciluă, Caruana and
Niculescu-Mizil 2006).
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted

from steering.targeting.columns import EmptyColumnsFilled, Standardised

from .curves import Curves

CHUNK = 50_000


class Distilled(BaseEstimator):
    """k scores: for the first of them curves that are known, for each a line, and boosted trees for the first, learned on
    what curves and line leave out.
    """

    def __init__(
        self, *, rounds: int = 40, rate: float = 0.2, leaves: int = 8, categorical: Sequence[int] = (),
        random_state: int = 0,
    ) -> None:  # fmt: skip
        self.rounds = rounds
        self.rate = rate
        self.leaves = leaves
        self.categorical = categorical
        self.random_state = random_state

    def fit(self, X: np.ndarray, rest: np.ndarray, *, columns: Standardised, curves: Curves) -> Self:  # noqa: N803
        """X (n, f); rest (n, k) scores without the curves, whose lines `columns` makes."""
        self.columns_, self.curves_ = columns, curves
        self.filled_ = EmptyColumnsFilled().fit(X)
        lines = self.columns_.transform(X).astype(np.float64)
        self.intercept_ = rest.mean(axis=0)
        left = lines.T @ lines + 1e-3 * len(X) * np.eye(lines.shape[1])
        self.weights_ = np.linalg.solve(left, lines.T @ (rest - self.intercept_))
        rest = rest - self.intercept_ - lines @ self.weights_
        X = self._for_trees(X, lines)  # noqa: N806
        self.trees_ = [self._grown(X, rest[:, place]) for place in range(len(curves.weights))]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(n, k), in chunks, so that little more memory is needed than for the result."""
        check_is_fitted(self, "weights_")
        found = np.empty((len(X), self.weights_.shape[1]))
        for begin in range(0, len(X), CHUNK):
            found[begin : begin + CHUNK] = self._chunk(X[begin : begin + CHUNK])
        return found

    def _chunk(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        lines = self.columns_.transform(X)
        found = lines @ self.weights_.astype(np.float32) + self.intercept_
        found[:, : len(self.trees_)] += self.curves_.predict(lines)
        X = self._for_trees(X, lines)  # noqa: N806
        for place, trees in enumerate(self.trees_):
            if trees is not None:
                found[:, place] += trees.predict(X)
        return found

    def _for_trees(self, X: np.ndarray, lines: np.ndarray) -> np.ndarray:  # noqa: N803
        """Categories as the columns that lines have; double precision once, not once for each score."""
        X = self.filled_.transform(X)  # noqa: N806
        lines = lines[:, : self.columns_.n_lines_]
        return np.hstack([X, lines]).astype(np.float64) if len(self.categorical) else X.astype(np.float64)

    def _grown(self, X: np.ndarray, rest: np.ndarray) -> HistGradientBoostingRegressor | None:  # noqa: N803
        if len(X) < 100 or np.ptp(rest) <= 1e-9:
            return None
        trees = HistGradientBoostingRegressor(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=20,
            max_bins=128,
            early_stopping=False,
            random_state=self.random_state,
        )
        return trees.fit(X, rest)
