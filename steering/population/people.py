"""The people of one block: who they are, and the traits that drive what they do and how they respond."""

from dataclasses import dataclass

import numpy as np

from . import names
from .places import PLACES
from .shape import Shape

OLDEST = 92


@dataclass(frozen=True)
class People:
    """Arrays over the customers of a block. Traits named z are about standard normal; none of those is ever stored."""

    first: int  # number of the first customer, from 0
    household: np.ndarray
    area: np.ndarray
    place: np.ndarray
    is_woman: np.ndarray
    is_unknown: np.ndarray  # neither salutation nor birthday is known
    born_days_ago: np.ndarray
    first_name: np.ndarray
    last_name: np.ndarray
    title: np.ndarray
    is_family: np.ndarray
    is_urban: np.ndarray
    area_z: np.ndarray
    online: np.ndarray  # inclination to the web against the store, 0 to 1
    openness_z: np.ndarray  # to e-mail; shows in who opened past e-mails
    activity: np.ndarray  # around 1
    staleness: np.ndarray  # above 1: active long ago; below 1: active recently

    def __len__(self) -> int:
        return len(self.household)

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + len(self))

    @property
    def age(self) -> np.ndarray:
        return self.born_days_ago / 365.25


def draw(shape: Shape, block: int, *, this_year: int) -> People:
    rng = shape.random(1, block)
    households = np.asarray(shape.households(block))
    sizes = shape.sizes[households]
    household = np.repeat(households, sizes)
    position = np.arange(len(household)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    area = shape.area[household]
    age = _ages(rng, shape, households, sizes, position)
    is_woman = _are_women(rng, position)
    born_in = (this_year - age).astype(int)
    place = shape.areas.place[area]
    count = len(household)
    return People(
        first=int(shape.sizes[: households[0]].sum(dtype=np.int64)),
        household=household,
        area=area,
        place=place,
        is_woman=is_woman,
        is_unknown=rng.random(count) < 0.04,
        born_days_ago=(age * 365.25).astype(int),
        first_name=names.first_names(rng, is_woman=is_woman, born_in=born_in, group=household),
        last_name=_last_names(rng, sizes, position),
        title=names.titles(rng, count),
        is_family=np.repeat(sizes >= 3, sizes),
        is_urban=np.array([p.is_urban for p in PLACES])[place],
        area_z=shape.areas.effect[area],
        online=1 / (1 + np.exp((age - 50) / 11 - rng.normal(0, 1.1, count))),
        openness_z=rng.normal(size=count),
        activity=rng.lognormal(-0.18, 0.6, count),
        staleness=rng.lognormal(0, 0.6, count),
    )


def _are_women(rng: np.random.Generator, position: np.ndarray) -> np.ndarray:
    """In couples of two, one is a man and one a woman more often than not."""
    is_woman = rng.random(len(position)) < 0.54
    partners = np.flatnonzero(position == 1)
    is_woman[partners] = np.where(rng.random(len(partners)) < 0.9, ~is_woman[partners - 1], is_woman[partners])
    return is_woman


def _ages(
    rng: np.random.Generator, shape: Shape, households: np.ndarray, sizes: np.ndarray, position: np.ndarray
) -> np.ndarray:
    """Couples are of about one age, the others of a household a generation younger; areas differ."""
    head = 52 + 15 * rng.normal(size=len(sizes)) + 5 * shape.areas.effect[shape.area[households]]
    age = np.repeat(head, sizes) + np.where(position == 1, rng.normal(0, 4, len(position)), 0)
    age -= np.where(position >= 2, rng.uniform(24, 34, len(position)), 0)
    too_young = age < 18
    age[too_young] = rng.uniform(18, 30, too_young.sum())
    return np.minimum(age, OLDEST)


def _last_names(rng: np.random.Generator, sizes: np.ndarray, position: np.ndarray) -> np.ndarray:
    shared = np.repeat(names.last_names(rng, len(sizes)), sizes)
    own = names.last_names(rng, len(position))
    return np.where((position > 0) & (rng.random(len(position)) < 0.12), own, shared)
