"""Several ways to learn who is moved, all cross-fitted on the same folds: nobody is told by a model that has seen them."""

from dataclasses import dataclass

import numpy as np

from .bases import ADDITIVE, DEEP, SHALLOW, Expects, Fitter, View, ridge
from .learners.arms import fit_apart, fit_together, predict_apart, predict_together, predict_under
from .learners.base import Sample
from .learners.cross import fit_imputed
from .learners.curves import Curves, as_line
from .learners.lines import Lines, Spreads, fit_lines, spreads_of

# Models of the outcome, whose differences are candidates: logistic lines or boosted stumps of each treatment, lines that bend
# and are drawn together, and trees of all treatments.
OUTCOMES = ("t_linear", "shared_curves", "t_additive", "s_trees")
LINES = OUTCOMES[:2]  # small enough to be kept as they are
EFFECTS = ("x_additive", "x_trees")  # models of the effect, learned with the help of those
NAMES = OUTCOMES + EFFECTS
START = np.array([1, 4, 2.8, 0.4, 0.8, 0.5]) * 0.1  # weights before the data say anything: the simpler count more


@dataclass(frozen=True, eq=False)
class Candidates:
    """Of n customers, each by models that have not seen the customer."""

    expected: np.ndarray  # (n, 1 + m) rate under each treatment, the mean of OUTCOMES
    held_out: np.ndarray  # (n, m, K) float32, effects on the rate by K candidates


@dataclass(frozen=True, eq=False)
class Learners:
    """How candidates learn: the same for every fold."""

    categorical: tuple[int, ...]
    random_state: int
    spreads: Spreads

    @classmethod
    def of(cls, sample: Sample, categorical: tuple[int, ...], random_state: int) -> "Learners":
        return cls(categorical, random_state, spreads_of(sample, random_state=random_state))

    def fitter(self, base: str, shape: object, *, is_chance: bool = False) -> Fitter:
        return Fitter(base, is_chance, shape, self.categorical, self.random_state)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Models of the rate under every treatment."""

    apart: list[Expects]
    shared: Lines
    additive: list[Expects]
    together: Expects

    @classmethod
    def fit(cls, sample: Sample, rows: np.ndarray, learners: Learners) -> "Outcomes":
        return cls(
            fit_apart(sample, rows, learners.fitter("linear", SHALLOW, is_chance=sample.is_chance)),
            fit_lines(sample, rows, learners.spreads),
            fit_apart(sample, rows, learners.fitter("additive", ADDITIVE, is_chance=sample.is_chance)),
            fit_together(sample, rows, learners.fitter("trees", DEEP, is_chance=sample.is_chance)),
        )

    def each(self, view: View) -> list[np.ndarray]:
        """(n, 1 + m) by each of OUTCOMES."""
        m = len(self.apart) - 1
        return [
            predict_apart(self.apart, view),
            self.shared.predict(view),
            predict_apart(self.additive, view),
            predict_together(self.together, view, m, "trees"),
        ]

    def under(self, view: View, treatment: int) -> np.ndarray:
        """(n,) their mean under one treatment, which is all that is needed of most customers."""
        m = len(self.apart) - 1
        trees = predict_under(self.together, view, treatment, m, "trees")
        lines = self.apart[treatment].predict(view) + self.shared.predict(view)[:, treatment]
        return (lines + self.additive[treatment].predict(view) + trees) / len(OUTCOMES)


def cross_fit(sample: Sample, fold: np.ndarray, wanted: np.ndarray, learners: Learners) -> Candidates:
    """`fold` (n,) of each row; `wanted` (m,) bool: options with enough data to say who is moved."""
    n, m = len(fold), sample.n_options
    expected = np.zeros((n, m + 1), dtype=np.float32)
    held_out = np.zeros((n, m, len(NAMES)), dtype=np.float32)
    for number in np.unique(fold):
        out = fold == number
        view = sample.view.rows(out)
        outcomes = Outcomes.fit(sample, ~out, learners)
        for place, found in enumerate(outcomes.each(view)):
            expected[out] += found / len(OUTCOMES)
            held_out[out, :, place] = found[:, 1:] - found[:, [0]]
        if wanted.any():
            held_out[out, :, len(OUTCOMES) :] = _effects(sample, ~out, outcomes, wanted, view, learners)
    return Candidates(expected, held_out)


def _effects(
    sample: Sample, rows: np.ndarray, outcomes: Outcomes, wanted: np.ndarray, view: View, learners: Learners
) -> np.ndarray:  # fmt: skip
    """(n of view, m, those of EFFECTS). Nothing here has learned from other rows than `rows`, or they would not be held out."""
    given, spared = np.flatnonzero(rows & (sample.treatment > 0)), np.flatnonzero(rows & (sample.treatment == 0))
    expected = np.zeros((len(rows), sample.n_options + 1), dtype=np.float32)
    expected[given, 0] = outcomes.under(sample.view.rows(given), 0)
    of_spared = sample.view.rows(spared)
    found = np.zeros((len(view), sample.n_options, len(EFFECTS)), dtype=np.float32)
    for option in np.flatnonzero(wanted):
        expected[spared, option + 1] = outcomes.under(of_spared, option + 1)
        for place, (base, shape) in enumerate((("additive", ADDITIVE), ("trees", SHALLOW))):
            model = fit_imputed(sample, rows, expected, option, learners.fitter(base, shape))
            found[:, option, place] = model.predict(view)
    return found


def curves(sample: Sample, weights: np.ndarray, learners: Learners) -> Curves:
    """LINES learned from all rows; `weights` (m, K) of the candidates."""
    lines, everybody = sample.view.lines, np.ones(len(sample.rate), dtype=bool)
    columns = sample.view.bent.shape[1]
    apart = fit_apart(sample, everybody, learners.fitter("linear", SHALLOW, is_chance=sample.is_chance))
    found = [as_line(model, columns, is_chance=sample.is_chance) for model in apart]
    shared = fit_lines(sample, everybody, learners.spreads).weights
    amount, mean = sample.amount, float(sample.amount.mean())
    line = np.append(mean, np.zeros(columns))
    if np.ptp(amount) > 1e-9 * abs(mean):
        fitted = ridge(lines.astype(np.float64), amount)
        line = as_line(fitted, columns, is_chance=False)
    return Curves(
        outcomes=np.stack([np.vstack(found), shared]).astype(np.float32),
        weights=weights[:, : len(LINES)],
        amount=line.astype(np.float32),
        bounds=np.array([amount.min(), amount.max()], dtype=np.float32),
        is_chance=sample.is_chance,
    )
