"""A model of the outcome for each treatment; uplift is their difference from that without contact."""

import numpy as np

from steering.targeting.bases import SHALLOW, View

from .arms import fit_apart, predict_apart
from .base import Sample, UpliftLearner


class TLearner(UpliftLearner):
    """Künzel et al. (2019). Finds effects of any shape, with the noise of both models. See UpliftLearner."""

    shape = SHALLOW

    def _learn(self, sample: Sample) -> None:
        everybody = np.ones(len(sample.rate), dtype=bool)
        self.models_ = fit_apart(sample, everybody, self._fitter(is_chance=sample.is_chance))

    def _effect(self, view: View) -> np.ndarray:
        expected = predict_apart(self.models_, view)
        return expected[:, 1:] - expected[:, [0]]
