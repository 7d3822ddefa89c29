"""Several ways to learn who is moved, all cross-fitted on the same folds, and their average over the folds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .bases import ADDITIVE, DEEP, SHALLOW, Constant, Expects, Fitter, View
from .learners.arms import fit_apart, fit_together, predict_apart, predict_together
from .learners.base import Sample
from .learners.cross import fit_imputed
from .outcomes import doubly_robust

OUTCOMES = ("t_linear", "t_additive", "s_trees")  # models of the outcome; their differences are candidates
EFFECTS = ("x_additive", "x_trees", "dr_linear")  # models of the effect, learned with the help of those
NAMES = OUTCOMES + EFFECTS
START = np.array([2, 2, 1, 2, 1, 2]) / 10  # weights before the data say anything: the simpler counts double


@dataclass(frozen=True, eq=False)
class Candidates:
    """Effects on the rate of n customers by K candidates, each predicted by models that have not seen the customer."""

    expected: np.ndarray  # (n, 1 + m) rate under each treatment, the mean of OUTCOMES
    held_out: np.ndarray  # (n, m, K) float32
    outcomes: list[dict[str, object]]  # per fold
    effects: list[dict[str, list[Expects]]]  # per fold, then per option

    def predict(self, view: View) -> np.ndarray:
        """(n, m, K) for anybody: the mean over the folds, which is steadier than any one model."""
        m = self.held_out.shape[1]
        total = np.zeros((len(view), m, len(NAMES)), dtype=np.float32)
        for outcomes, effects in zip(self.outcomes, self.effects, strict=True):
            for place, expected in enumerate(_expected(outcomes, view, m)):
                total[:, :, place] += expected[:, 1:] - expected[:, [0]]
            total[:, :, len(OUTCOMES) :] += _effects(effects, view, m)
        return total / len(self.outcomes)


def cross_fit(sample: Sample, fold: np.ndarray, wanted: np.ndarray, *, categorical: tuple[int, ...], random_state: int) -> Candidates:  # fmt: skip
    """`fold` (n,) of each row; `wanted` (m,) bool: options with enough data to say who is moved."""
    n, m = len(fold), sample.n_options
    expected = np.zeros((n, m + 1), dtype=np.float32)
    held_out = np.zeros((n, m, len(NAMES)), dtype=np.float32)
    outcomes, effects = [], []
    for number in np.unique(fold):
        out = fold == number
        outcomes.append(_fit_outcomes(sample, ~out, categorical, random_state))
        effects.append(_fit_effects(sample, ~out, outcomes[-1], wanted, categorical, random_state))
        view = sample.view.rows(out)
        for place, found in enumerate(_expected(outcomes[-1], view, m)):
            expected[out] += found / len(OUTCOMES)
            held_out[out, :, place] = found[:, 1:] - found[:, [0]]
        held_out[out, :, len(OUTCOMES) :] = _effects(effects[-1], view, m)
    return Candidates(expected, held_out, outcomes, effects)


def _fit_outcomes(
    sample: Sample, rows: np.ndarray, categorical: tuple[int, ...], random_state: int
) -> dict[str, object]:  # fmt: skip
    def fitter(base: str, shape: object) -> Fitter:
        return Fitter(base, sample.is_chance, shape, categorical, random_state)

    return {
        "t_linear": fit_apart(sample, rows, fitter("linear", SHALLOW)),
        "t_additive": fit_apart(sample, rows, fitter("additive", ADDITIVE)),
        "s_trees": fit_together(sample, rows, fitter("trees", DEEP)),
    }


def _expected(outcomes: dict[str, object], view: View, m: int) -> Iterator[np.ndarray]:
    """(n, 1 + m) by each of OUTCOMES, one after the other."""
    yield predict_apart(outcomes["t_linear"], view)
    yield predict_apart(outcomes["t_additive"], view)
    yield predict_together(outcomes["s_trees"], view, m, "trees")


def _fit_effects(
    sample: Sample, rows: np.ndarray, outcomes: dict[str, object], wanted: np.ndarray, categorical: tuple[int, ...], random_state: int
) -> dict[str, list[Expects]]:  # fmt: skip
    """Nothing that is learned here has seen other rows, or they would not be held out."""
    expected = np.zeros((len(rows), sample.n_options + 1))
    view = sample.view.rows(rows)
    expected[rows] = np.mean(list(_expected(outcomes, view, sample.n_options)), axis=0)
    pseudo = doubly_robust(expected, sample.treatment, sample.rate, sample.propensity)
    found: dict[str, list[Expects]] = {name: [Constant(0.0)] * sample.n_options for name in EFFECTS}
    for option in np.flatnonzero(wanted):
        for name, base, shape in (("x_additive", "additive", ADDITIVE), ("x_trees", "trees", SHALLOW)):
            fitter = Fitter(base, False, shape, categorical, random_state)
            found[name][option] = fit_imputed(sample, rows, expected, option, fitter)
        own = np.flatnonzero(rows & sample.concerns(option))
        line = Fitter("linear", False)
        found["dr_linear"][option] = line.fit(sample.view.rows(own), pseudo[own, option + 1] - pseudo[own, 0])
    return found


def _effects(effects: dict[str, list[Expects]], view: View, m: int) -> np.ndarray:
    """(n, m, those of EFFECTS)"""
    found = np.zeros((len(view), m, len(EFFECTS)), dtype=np.float32)
    for place, name in enumerate(EFFECTS):
        for option, model in enumerate(effects[name]):
            found[:, option, place] = model.predict(view)
    return found
