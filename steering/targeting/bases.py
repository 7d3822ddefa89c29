"""The models that learners are built of: boosted trees, boosted stumps and lines, for probabilities and for amounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from steering.targeting.columns import EmptyColumnsFilled, Standardised

BASES = ("trees", "additive", "linear")
FEWEST = 20  # rows of each kind below which a constant is the better model
LINE_VARIANCE = 0.15  # prior variance of the whole linear part, in logits
VARIANCES = np.geomspace(
    1e-4, 1.0, 9
)  # of the linear part in variances of the outcome; pseudo-outcomes are mostly noise
MOST_BINS = 64
MOST_CODES = 250  # a column of more categories than that is treated as a number


@dataclass(frozen=True, eq=False)
class View:
    """The same n customers as trees want them (NaN for missing), as lines do (standardised), and bent: with the columns
    that let a line bend besides.
    """

    trees: np.ndarray
    lines: np.ndarray
    bent: np.ndarray

    def rows(self, which: np.ndarray) -> Self:
        bent = self.bent[which]
        return replace(self, trees=self.trees[which], lines=bent[:, : self.lines.shape[1]], bent=bent)

    def __len__(self) -> int:
        return len(self.trees)


class Viewer:
    """Views of any customers, as the lines of those in `fit` were standardised."""

    def __init__(self, categorical: Sequence[int] = (), *, is_bent: bool = False) -> None:
        self.categorical = tuple(categorical)
        self.is_bent = is_bent

    def fit(self, X: np.ndarray) -> Self:  # noqa: N803
        self.standardised = Standardised(categorical=self.categorical, is_bent=self.is_bent).fit(X)
        return self

    def view(self, X: np.ndarray) -> View:  # noqa: N803
        columns = self.standardised.transform(X)
        return View(X, columns[:, : self.standardised.n_lines_], columns)


class Expects(Protocol):
    def predict(self, view: View) -> np.ndarray: ...


@dataclass(frozen=True)
class Constant:
    """The same for everybody."""

    value: float

    def predict(self, view: View) -> np.ndarray:
        return np.full(len(view), self.value)


@dataclass(frozen=True, eq=False)
class Trees:
    model: object
    is_chance: bool

    def predict(self, view: View) -> np.ndarray:
        if not len(view):
            return np.zeros(0)
        return self.model.predict_proba(view.trees)[:, 1] if self.is_chance else self.model.predict(view.trees)


@dataclass(frozen=True, eq=False)
class Line:
    weights: np.ndarray
    intercept: float
    is_chance: bool

    def predict(self, view: View) -> np.ndarray:
        score = view.lines @ self.weights + self.intercept
        return 1 / (1 + np.exp(-np.clip(score, -30, 30))) if self.is_chance else score


@dataclass(frozen=True)
class Shape:
    """How a boosted model grows. `leaf`: one leaf holds at least this share of the rows, between `least` and `most`."""

    rounds: int
    rate: float
    leaves: int
    share: float
    least: int = 10
    most: int = 500
    shrinkage: float = 10.0

    def of(self, rows: int) -> dict:
        return {
            "max_iter": self.rounds,
            "learning_rate": self.rate,
            "max_leaf_nodes": self.leaves,
            "min_samples_leaf": int(np.clip(rows * self.share, self.least, self.most)),
            "l2_regularization": self.shrinkage,
            "max_bins": MOST_BINS,
            "early_stopping": False,
        }


ADDITIVE = Shape(rounds=40, rate=0.1, leaves=2, share=1 / 40, most=200)  # no interactions: little variance
DEEP = Shape(rounds=60, rate=0.1, leaves=12, share=1 / 200, most=100, shrinkage=5.0)
SHALLOW = Shape(rounds=50, rate=0.06, leaves=6, share=1 / 40, least=20)


@dataclass(frozen=True)
class Fitter:
    """Fits E[y | view] by one base; `is_chance`: y is 0 or 1."""

    base: str
    is_chance: bool
    shape: Shape = SHALLOW
    categorical: tuple[int, ...] = ()
    random_state: int = 0

    def fit(self, view: View, y: np.ndarray, weight: np.ndarray | None = None) -> Expects:
        if self._is_hopeless(y):
            return Constant(_mean(y, weight))
        if self.base == "linear":
            return self._line(view, y, weight)
        return self._trees(view, y, weight)

    def _is_hopeless(self, y: np.ndarray) -> bool:
        if self.is_chance:
            ones = np.count_nonzero(y)
            return min(ones, y.size - ones) < FEWEST
        return y.size < FEWEST or bool(np.ptp(y) <= 1e-12 * np.abs(y).max())

    def _line(self, view: View, y: np.ndarray, weight: np.ndarray | None) -> Expects:
        lines = view.lines.astype(np.float64)
        columns = max(1, lines.shape[1])
        if not lines.shape[1]:
            return Constant(_mean(y, weight))
        if self.is_chance:
            model = LogisticRegression(C=LINE_VARIANCE / columns, solver="newton-cholesky", max_iter=50)
            model.fit(lines, y, sample_weight=weight)
            return Line(model.coef_[0], float(model.intercept_[0]), True)
        return ridge(lines, y, weight)

    def _trees(self, view: View, y: np.ndarray, weight: np.ndarray | None) -> Expects:
        kind = HistGradientBoostingClassifier if self.is_chance else HistGradientBoostingRegressor
        shape = replace(self.shape, leaves=ADDITIVE.leaves) if self.base == "additive" else self.shape
        model = kind(**shape.of(y.size), categorical_features=self._codes(view.trees), random_state=self.random_state)
        whole = make_pipeline(EmptyColumnsFilled(), model)
        whole.fit(view.trees, y, **({} if weight is None else {f"{whole.steps[-1][0]}__sample_weight": weight}))
        return Trees(whole, self.is_chance)

    def _codes(self, X: np.ndarray) -> list[int] | None:  # noqa: N803
        fit = [column for column in self.categorical if len(np.unique(X[:, column])) <= MOST_CODES]
        return fit or None


def _mean(y: np.ndarray, weight: np.ndarray | None) -> float:
    return float(np.average(y, weights=weight)) if y.size else 0.0


def ridge(lines: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Line:
    """Ridge regression, its penalty by generalised cross-validation (Golub, Heath and Wahba 1979)."""
    weight = np.ones(y.size) if weight is None else weight / weight.mean()
    middle, mean = weight @ lines / y.size, float(weight @ y) / y.size
    lines, y = lines - middle, y - mean
    values, vectors = np.linalg.eigh(lines.T @ (lines * weight[:, None]))
    values = np.maximum(values, 0.0)
    seen = vectors.T @ (lines.T @ (weight * y))
    penalty = lines.shape[1] / VARIANCES[:, None]
    parts = seen / (values + penalty)
    errors = weight @ y**2 - 2 * parts @ seen + parts**2 @ values
    freedom = (values / (values + penalty)).sum(axis=1) + 1
    best = int(np.argmin(errors / np.maximum(1 - freedom / y.size, 1e-3) ** 2))
    weights = vectors @ parts[best]
    return Line(weights, mean - float(middle @ weights), False)
