"""What became of areas in waves of the past, as arrays to learn from."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Observed:
    """n areas in waves of the past; an area that was in several waves comes several times."""

    features: np.ndarray  # (n, p), NaN where missing
    households: np.ndarray  # (n,) above 0
    arrived: np.ndarray  # (n,) new customers within the goal window
    treated: np.ndarray  # (n,) bool, got the leaflet
    chance: np.ndarray  # (n,) probability of getting it, the holdout counted in; NaN where it is not known
    area: np.ndarray  # (n,) which area

    def only(self, rows: np.ndarray) -> "Observed":
        return Observed(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
