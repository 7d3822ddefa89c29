"""Each customer's own effect is imputed by the other treatment's model, and effects are learned from that."""

import numpy as np

from steering.targeting.bases import SHALLOW, Expects, Fitter, View

from .arms import fit_apart, predict_apart
from .base import Sample, UpliftLearner


class XLearner(UpliftLearner):
    """Künzel et al. (2019), with one model of the effect for both groups: rows are weighted by the probability of the
    other group (overlap weights, Li, Morgan and Zaslavsky 2018), which is their combination by the propensity in one step.
    See UpliftLearner.
    """

    shape = SHALLOW

    def _learn(self, sample: Sample) -> None:
        fitter = self._fitter(is_chance=sample.is_chance)
        fold = self._folds(sample)
        expected = np.zeros((len(sample.rate), sample.n_options + 1))
        for number in np.unique(fold):
            out = fold == number
            expected[out] = predict_apart(fit_apart(sample, ~out, fitter), sample.view.rows(out))
        everybody = np.ones(len(fold), dtype=bool)
        effects = self._fitter(is_chance=False)
        self.models_ = [fit_imputed(sample, everybody, expected, option, effects) for option in range(sample.n_options)]

    def _effect(self, view: View) -> np.ndarray:
        return np.column_stack([model.predict(view) for model in self.models_])


def fit_imputed(sample: Sample, rows: np.ndarray, expected: np.ndarray, option: int, fitter: Fitter) -> Expects:
    """Effect of one option on the rate, from who got it and who got nothing; `expected` (n, 1 + m) out of fold."""
    given, spared = sample.treatment == option + 1, sample.treatment == 0
    imputed = np.where(given, sample.rate - expected[:, 0], expected[:, option + 1] - sample.rate)
    own = np.flatnonzero(rows & sample.concerns(option) & (given | spared))
    return fitter.fit(sample.view.rows(own), imputed[own], _overlap(given[own]))


def _overlap(given: np.ndarray) -> np.ndarray | None:
    """Of the probability of the other treatment, known on average only: by how many got it."""
    share = given.mean() if given.size else 0.5
    is_even = abs(share - 0.5) < 0.05 or share in (0, 1)
    return None if is_even else np.where(given, 1 - share, share)
