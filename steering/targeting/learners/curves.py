"""Effects that lines of the outcome say, kept as they are: a difference of two chances is no line, and few trees repeat it badly."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Curves:
    """The weighted mean of what c learners of lines say of m options, times the expected amount.

    outcomes (c, 1 + m, 1 + columns) float32, the intercept first; weights (m, c); amount (1 + columns,) a line of the
    expected amount, cut to `bounds`.
    """

    outcomes: np.ndarray
    weights: np.ndarray
    amount: np.ndarray
    bounds: np.ndarray
    is_chance: bool

    def predict(self, columns: np.ndarray) -> np.ndarray:
        """(n, m) effects in the outcome's unit; `columns` (n, columns) standardised, with bends."""
        return self.effects(columns) * self.expected(columns)[:, None]

    def effects(self, columns: np.ndarray) -> np.ndarray:
        """(n, m) on the rate."""
        found = np.zeros((len(columns), len(self.weights)), dtype=np.float32)
        for outcome, weight in zip(self.outcomes, self.weights.T, strict=True):
            if weight.any():
                rate = columns @ outcome[:, 1:].T + outcome[:, 0]
                if self.is_chance:
                    rate = 1 / (1 + np.exp(-np.clip(rate, -30, 30)))
                found += weight.astype(np.float32) * (rate[:, 1:] - rate[:, [0]])
        return found

    def expected(self, columns: np.ndarray) -> np.ndarray:
        """(n,) amount."""
        return np.clip(columns @ self.amount[1:] + self.amount[0], *self.bounds)


def as_line(model: object, columns: int, *, is_chance: bool) -> np.ndarray:
    """(1 + columns,) of a line that does not bend, or of a constant."""
    if hasattr(model, "weights"):
        return np.concatenate([[model.intercept], model.weights, np.zeros(columns - model.weights.size)])
    value = model.value
    if is_chance:
        value = np.log((value + 1e-9) / (1 - value + 1e-9))
    return np.append(value, np.zeros(columns))
