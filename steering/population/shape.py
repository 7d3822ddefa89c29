"""The shape of a population: how many households of which size, and in which delivery areas; a few integers each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import districts
from .districts import Districts
from .places import CARRIERS, PLACES, STREETS, WEIGHTS

SIZE_SHARES = (0.45, 0.30, 0.13, 0.09, 0.03)  # customers in a household: 1 to 5
AREA_HOUSEHOLDS = (12, 37)  # with customers, per area
BLOCK_HOUSEHOLDS = 12_800  # about 25,000 customers; part of what a seed means, not a setting
AREA_STREETS = 5
MAP_STREAM = 10  # of random numbers; what lies where changes nobody
OUR_SHARE = (0.06, 0.55)  # of the households of an area, those with customers


@dataclass(frozen=True)
class Areas:
    """Delivery areas; `effect` is what their people have in common."""

    place: np.ndarray
    sequence: np.ndarray  # number within the postcode
    first_household: np.ndarray
    households: np.ndarray  # customers or not
    refusing: np.ndarray
    effect: np.ndarray

    def code(self, area: int) -> str:
        return f"{PLACES[self.place[area]].postcode}-{self.sequence[area]:02d}"

    def carrier(self, area: int) -> str:
        return CARRIERS[self.place[area] % len(CARRIERS)]

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class Shape:
    """`sizes` and `area` are per household; customers are numbered household by household."""

    customers: int
    seed: int
    sizes: np.ndarray
    area: np.ndarray
    areas: Areas

    def blocks(self) -> range:
        return range(-(-len(self.sizes) // BLOCK_HOUSEHOLDS))

    @cached_property
    def customers_by_area(self) -> np.ndarray:
        return np.bincount(self.area, weights=self.sizes, minlength=len(self.areas))

    @cached_property
    def districts(self) -> Districts:
        return districts.draw(self.areas.place, self.random(MAP_STREAM))

    def houses(self, block: int) -> np.ndarray:
        """(n, 2) longitude and latitude of the households of a block."""
        return self.districts.houses(self.area[np.asarray(self.households(block))], self.random(MAP_STREAM, block))

    def households(self, block: int) -> range:
        return range(block * BLOCK_HOUSEHOLDS, min((block + 1) * BLOCK_HOUSEHOLDS, len(self.sizes)))

    def random(self, *stream: int) -> np.random.Generator:
        """Every part draws from a stream of its own, so none depends on what another drew."""
        return np.random.default_rng([self.seed, *stream])


def draw(*, customers: int, seed: int) -> Shape:
    rng = np.random.default_rng([seed, 0])
    sizes = rng.choice(5, customers, p=SIZE_SHARES).astype(np.int8) + 1
    households = int(np.searchsorted(np.cumsum(sizes, dtype=np.int64), customers)) + 1
    sizes = sizes[:households]
    sizes[-1] -= sizes.sum(dtype=np.int64) - customers
    taken = rng.integers(*AREA_HOUSEHOLDS, households)
    ends = np.cumsum(taken)
    count = int(np.searchsorted(ends, households)) + 1
    first = np.concatenate([[0], ends[: count - 1]])
    area = np.repeat(np.arange(count), np.diff([*first, households])).astype(np.int32)
    return Shape(customers, seed, sizes, area, _areas(rng, first, households))


def _areas(rng: np.random.Generator, first: np.ndarray, households: int) -> Areas:
    count = len(first)
    place = rng.choice(len(PLACES), count, p=WEIGHTS)
    ours = np.diff([*first, households])
    everybody = np.ceil(ours / rng.uniform(*OUR_SHARE, count)).astype(int)
    # Customers live in households that the carrier counts, and most of those do not refuse.
    refusing = np.minimum(np.round(everybody * rng.uniform(0.15, 0.25, count)).astype(int), everybody - 1)
    return Areas(place, _sequence(place), first, everybody, np.maximum(refusing, 0), rng.normal(size=count))


def _sequence(place: np.ndarray) -> np.ndarray:
    """1, 2, 3 ... within each postcode, in the order of the areas."""
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(PLACES)))
    sequence = np.empty(len(place), dtype=int)
    sequence[order] = np.arange(len(place)) - starts[place[order]] + 1
    return sequence


def street(areas: Areas, *, area: int, household: int) -> str:
    """Street and number; no two households of a postcode share them."""
    within = household - int(areas.first_household[area])
    street_number = (int(areas.sequence[area]) - 1) * AREA_STREETS + within % AREA_STREETS
    lap, name = divmod(street_number, len(STREETS))
    return f"{STREETS[(name * 7) % len(STREETS)]} {1 + lap * 100 + 3 * (within // AREA_STREETS) + household % 3}"
