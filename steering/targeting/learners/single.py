"""One model of the outcome in which the treatment is a feature; uplift is what changing it changes."""

import numpy as np

from steering.targeting.bases import DEEP, View

from .arms import fit_together, predict_together
from .base import Sample, UpliftLearner


class SLearner(UpliftLearner):
    """Künzel, Sekhon, Bickel and Yu (2019). Steady, and shy: small effects come out smaller. See UpliftLearner."""

    shape = DEEP

    def _learn(self, sample: Sample) -> None:
        everybody = np.ones(len(sample.rate), dtype=bool)
        self.model_ = fit_together(sample, everybody, self._fitter(is_chance=sample.is_chance))

    def _effect(self, view: View) -> np.ndarray:
        expected = predict_together(self.model_, view, self.n_options_, self.base)
        return expected[:, 1:] - expected[:, [0]]
