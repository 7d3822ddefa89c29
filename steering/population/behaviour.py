"""The truth: how each person responds to each channel. Formulas and their reasons are in README.md."""

from dataclasses import dataclass

import numpy as np

from .history import basket_mean, open_rate
from .people import People
from .places import PLACES

CHANNELS = ("email", "banner", "social", "print_mailing", "direct_post")
SLOPE = 2.5
STREAM = 4  # of random numbers; the same person has the same noise on every day
NOISE = 0.45  # of each score, per person and channel; nothing in the database tells
# The states where leaflets are read more.
LEAFLET_STATES = frozenset({"Bayern", "Sachsen", "Thüringen", "Sachsen-Anhalt", "Rheinland-Pfalz", "Saarland"})


@dataclass(frozen=True)
class Effect:
    """Uplift = most * s(score - from_score) - loss * s(below_score - score), s the logistic curve of slope SLOPE."""

    most: float
    from_score: float
    loss: float
    below_score: float

    def uplift(self, score: np.ndarray) -> np.ndarray:
        return self.most * _curve(score - self.from_score) - self.loss * _curve(self.below_score - score)


EFFECTS = {
    "email": Effect(most=0.10, from_score=1.2, loss=0.012, below_score=-1.2),
    "banner": Effect(most=0.045, from_score=1.3, loss=0.004, below_score=-1.3),
    "social": Effect(most=0.07, from_score=1.5, loss=0.008, below_score=-1.4),
    "print_mailing": Effect(most=0.17, from_score=1.2, loss=0.010, below_score=-1.5),
    "direct_post": Effect(most=0.10, from_score=1.2, loss=0.003, below_score=-1.2),
}


@dataclass(frozen=True)
class Response:
    """Arrays over the customers of a block; `uplift` has a column for each of CHANNELS."""

    baseline: np.ndarray
    uplift: np.ndarray
    basket_euro: np.ndarray
    open_rate: np.ndarray
    online: np.ndarray


def draw(people: People, days_since_last: np.ndarray, segment: np.ndarray, rng: np.random.Generator) -> Response:
    """How they respond at an age and so many days after they last did something."""
    recency = np.exp(-days_since_last / 120)
    baseline = np.clip(0.028 * people.activity**0.8 * (0.7 + 1.3 * recency), 0.004, 0.25)
    scores = _scores(people, recency, segment) + rng.normal(0, NOISE, (len(people), len(CHANNELS)))
    uplift = np.column_stack([EFFECTS[name].uplift(scores[:, column]) for column, name in enumerate(CHANNELS)])
    return Response(
        baseline,
        np.maximum(uplift, -0.8 * baseline[:, None]),
        basket_mean(people),
        open_rate(people.openness_z),
        people.online,
    )


def _scores(people: People, recency: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """How much each channel suits each person, from what can be seen of them."""
    age = np.clip((people.age - 48) / 16, -2, 2)
    online = 2 * people.online - 1
    gold = segment / 2
    reads_leaflets = np.array([place.state in LEAFLET_STATES for place in PLACES])[people.place]
    return np.column_stack(
        [
            0.9 * online + 0.9 * people.openness_z + 0.6 * gold,
            1.0 * online - 0.5 * age + 1.4 * recency,
            -1.2 * age + 0.7 * people.is_family + 0.4 * people.is_urban,
            1.1 * age + 1.2 * gold - 0.6 * online,
            0.5 * age + 0.9 * people.is_family - 0.5 * people.is_urban + 0.9 * reads_leaflets + 0.8 * people.area_z,
        ]
    )


def _curve(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-SLOPE * x))
