"""What each treatment is expected to add to a customer's sales: by a model version, or by the priors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from steering import priors, targeting
from steering.models import ModelVersion
from steering.treatments import channel_of

from .watching import Watch

if TYPE_CHECKING:
    from steering.targeting import UpliftModel


@dataclass(frozen=True)
class Scorer:
    """Scores features by their `names`.

    A content that the model knows has its own score, another one that of its channel, a channel that the model does not
    know its prior.
    """

    names: Sequence[str] = ()
    treatments: Sequence[str] = ()  # of each column that the model predicts
    model: "UpliftModel | None" = None
    watch: Watch | None = None

    @cached_property
    def channels(self) -> list[str]:
        """Of each group of the model, in the order of its groups."""
        return list(dict.fromkeys(channel_of(treatment) for treatment in self.treatments))

    def score(self, features: np.ndarray, treatments: Sequence[str]) -> np.ndarray:
        """(n, treatments) expected uplift in cents of sales."""
        uplift = np.tile([priors.uplift_cents(channel_of(name)) for name in treatments], (len(features), 1))
        if self.model is None or not len(features):
            return uplift
        own = [name for name in treatments if name in self.treatments]
        of_channel = [name for name in treatments if name not in own and channel_of(name) in self.channels]
        predicted = self.model.predict(features) if own else None
        grouped = self.model.predict_groups(features) if of_channel else None
        for column, name in enumerate(treatments):
            if name in own:
                uplift[:, column] = predicted[:, self.treatments.index(name)]
            elif name in of_channel:
                uplift[:, column] = grouped[:, self.channels.index(channel_of(name))]
        if self.watch is not None:
            self.watch.see(features, dict(zip(treatments, uplift.T, strict=True)))
        return uplift

    def standard_errors(self, treatments: Sequence[str]) -> np.ndarray:
        """(treatments,) how far the mean of an expected uplift may be off, in cents of sales: one standard deviation."""
        return np.array([self._standard_error(name) for name in treatments], dtype=float)

    def stability(self) -> dict[str, Any]:
        """How far those scored so far are from those whom the model learned from; empty without a model."""
        return self.watch.told() if self.watch is not None else {}

    def _standard_error(self, treatment: str) -> float:
        of_prior = priors.standard_error_cents(channel_of(treatment))
        if self.model is None or treatment not in self.treatments:
            # A content that nobody has seen may be as far off its channel as a channel off its prior.
            return of_prior
        column = self.treatments.index(treatment)
        believed, of_data = float(self.model.believed_[column]), float(self.model.pooled_error_[column])
        if not believed or not np.isfinite(of_data):
            return of_prior
        return float(np.hypot(believed * of_data, (1 - believed) * of_prior))


def scorer(version: ModelVersion | None) -> Scorer:
    if version is None:
        return Scorer()
    watch = Watch.against(version.reference) if version.reference else None
    return Scorer(version.features, version.treatments, targeting.loads(version.model), watch)
