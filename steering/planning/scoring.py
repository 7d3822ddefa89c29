"""What each channel is expected to add to a customer's sales: by a model version, or by the priors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steering import priors
from steering.models import ModelVersion
from steering.targeting import UpliftModel, loads


@dataclass(frozen=True)
class Scorer:
    """Scores features by their `names`; a channel that the model does not know has its prior."""

    names: Sequence[str] = ()
    channels: Sequence[str] = ()
    model: UpliftModel | None = None

    def score(self, features: np.ndarray, channels: Sequence[str]) -> np.ndarray:
        """(n, channels) expected uplift in cents of sales."""
        uplift = np.tile([priors.uplift_cents(channel) for channel in channels], (len(features), 1))
        if self.model is None or not len(features):
            return uplift
        predicted = self.model.predict(features)
        for column, channel in enumerate(channels):
            if channel in self.channels:
                uplift[:, column] = predicted[:, self.channels.index(channel)]
        return uplift


def scorer(version: ModelVersion | None) -> Scorer:
    if version is None:
        return Scorer()
    return Scorer(version.features, version.channels, loads(version.model))
