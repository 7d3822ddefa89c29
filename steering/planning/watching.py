"""While customers are scored: are they like those whom the model learned from, and are their scores?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from steering.targeting.stability import Counts, Reference, index

MOST_OF_A_CHUNK = 2_000  # evenly spread; shares need no more, and counting must cost next to nothing
FEATURES_KEPT = 20


@dataclass
class Watch:
    """Counts of the features, and of the scores by treatment, against those of training."""

    features: Counts
    scores: dict[str, Counts] = field(default_factory=dict)

    @classmethod
    def against(cls, reference: dict[str, Any]) -> Self:
        """`reference` as a model version keeps it."""
        scores = {name: Counts(Reference.read(state)) for name, state in reference["scores"].items()}
        return cls(Counts(Reference.read(reference["features"])), scores)

    def see(self, features: np.ndarray, scores: Mapping[str, np.ndarray]) -> None:
        """A chunk of customers and their scores by treatment; every so-manieth is counted, for all of them."""
        step = max(1, -(-len(features) // MOST_OF_A_CHUNK))
        weight = len(features) / len(features[::step])
        self.features.add(features[::step], weight=weight)
        for name, counts in self.scores.items():
            if name in scores:
                counts.add(scores[name][::step, None], weight=weight)

    @property
    def state(self) -> dict[str, Any]:
        """What JSON can hold: a worker hands it back, another `join`s it."""
        return {"features": self.features.state, "scores": {name: seen.state for name, seen in self.scores.items()}}

    def join(self, state: dict[str, Any]) -> None:
        self.features.join(Counts.read(self.features.reference, state["features"]))
        for name, seen in state["scores"].items():
            self.scores[name].join(Counts.read(self.scores[name].reference, seen))

    def told(self) -> dict[str, Any]:
        """For `Plan.stability`: stability indices, the largest first."""
        features = index(self.features.reference, self.features)
        scores: dict[str, float] = {}
        for name, seen in self.scores.items():
            if seen.rows:
                scores[name] = index(seen.reference, seen)[name]
        return {
            "customers": round(self.features.rows),
            "learned_from": self.features.reference.rows,
            "features": _largest(features, FEATURES_KEPT),
            "scores": _largest(scores, len(scores)),
        }


def _largest(found: Mapping[str, float], most: int) -> list[dict[str, Any]]:
    """Largest first, without what cannot be said."""
    known = sorted((-value, name) for name, value in found.items() if np.isfinite(value))
    return [{"name": name, "psi": round(-value, 4)} for value, name in known[:most]]
