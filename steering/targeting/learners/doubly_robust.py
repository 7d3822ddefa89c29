"""Effects learned from pseudo-outcomes, whose mean is right because the propensities are known."""

import numpy as np

from steering.targeting.bases import SHALLOW, View
from steering.targeting.outcomes import doubly_robust

from .arms import fit_apart, predict_apart
from .base import Sample, UpliftLearner, pseudo_effect


class DRLearner(UpliftLearner):
    """Kennedy (2020): what was expected out of fold, plus the error of what was given divided by its logged
    probability (Robins, Rotnitzky and Zhao 1994). Right if either the probabilities or the expectations are.
    See UpliftLearner.
    """

    shape = SHALLOW

    def _learn(self, sample: Sample) -> None:
        pseudo = self._pseudo(sample)
        fitter = self._fitter(is_chance=False)
        self.models_ = []
        for option in range(sample.n_options):
            own = np.flatnonzero(sample.concerns(option))
            self.models_.append(fitter.fit(sample.view.rows(own), pseudo[own, option]))

    def _effect(self, view: View) -> np.ndarray:
        return np.column_stack([model.predict(view) for model in self.models_])

    def _pseudo(self, sample: Sample) -> np.ndarray:
        """(n, m)"""
        fitter, fold = self._fitter(is_chance=sample.is_chance), self._folds(sample)
        expected = np.zeros((len(sample.rate), sample.n_options + 1))
        for number in np.unique(fold):
            out = fold == number
            expected[out] = predict_apart(fit_apart(sample, ~out, fitter), sample.view.rows(out))
        pseudo = doubly_robust(expected, sample.treatment, sample.rate, sample.propensity)
        return pseudo[:, 1:] - pseudo[:, [0]]


class TransformedOutcome(DRLearner):
    """Athey and Imbens (2016): the outcome divided by its logged probability, negative without contact. No model of the
    outcome, so nothing of it can be wrong, and much noise; the means of both groups are taken out first.
    See UpliftLearner.
    """

    def _pseudo(self, sample: Sample) -> np.ndarray:
        options = range(sample.n_options)
        return np.column_stack(
            [pseudo_effect(sample.treatment, sample.rate, sample.propensity, option) for option in options]
        )
