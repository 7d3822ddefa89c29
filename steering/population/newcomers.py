"""People who become customers: where, and how many more because of a leaflet. Formulas are in README.md."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .behaviour import LEAFLET_STATES, SLOPE
from .places import PLACES
from .shape import Shape

SOURCE = "newcomer"
STREAM = 11
BASE, MOST, FROM_SCORE, NOISE = 0.001, 0.012, 1.0, 0.3
BASKET_EURO, SPREAD = 72.0, 0.45


@dataclass(frozen=True, eq=False)
class Newcomers:
    """The truth by area id: new customers per household that takes leaflets, within the 14 days of a wave."""

    area_ids: np.ndarray  # rising
    households: np.ndarray  # that take leaflets
    base: np.ndarray  # without a leaflet
    added: np.ndarray  # by one

    def worth_cents(self, area_ids: np.ndarray, *, margin_share: float) -> np.ndarray:
        """(n,) margin that a leaflet adds in these areas, before its cost."""
        place = np.searchsorted(self.area_ids, area_ids)
        mean = BASKET_EURO * np.exp(SPREAD**2 / 2)
        return (self.households * self.added)[place] * 100 * mean * margin_share

    def draw(self, with_leaflet: Collection[int], *, seed: int) -> np.ndarray:
        """(n,) how many come; with the same seed the same come anyway, whatever is delivered."""
        rng = np.random.default_rng([seed, STREAM])
        anyway = rng.poisson(self.households * self.base)
        because = rng.poisson(self.households * self.added)
        return anyway + np.where(np.isin(self.area_ids, list(with_leaflet)), because, 0)


def of(shape: Shape, *, first_area_id: int) -> Newcomers:
    """Areas have the ids from the first one on, in their order."""
    areas = shape.areas
    ours = np.bincount(shape.area, minlength=len(areas)) / areas.households
    reads_leaflets = np.array([place.state in LEAFLET_STATES for place in PLACES])[areas.place]
    is_urban = np.array([place.is_urban for place in PLACES])[areas.place]
    noise = NOISE * shape.random(STREAM).normal(size=len(areas))
    score = 0.6 + 0.9 * reads_leaflets + 0.8 * areas.effect - 0.5 * is_urban - 1.6 * ours + noise
    added = MOST * (1 - ours) / (1 + np.exp(-SLOPE * (score - FROM_SCORE)))
    ids = first_area_id + np.arange(len(areas))
    return Newcomers(ids, (areas.households - areas.refusing).astype(float), BASE * np.exp(0.8 * ours), added)
