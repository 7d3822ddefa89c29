"""One block of a population: everything about some 25,000 people, drawn from streams of its own."""

from dataclasses import dataclass

import numpy as np

from . import behaviour, history, holdings, people
from .behaviour import Response
from .history import DAYS, History
from .holdings import Consents, Reach, Refusals
from .people import People
from .shape import Shape

SEGMENTS = ("", "silver", "gold")
SILVER_EURO, GOLD_EURO = 70, 220


@dataclass(frozen=True)
class Block:
    number: int
    people: People
    reach: Reach
    history: History
    segment: np.ndarray  # index in SEGMENTS
    since_days_ago: np.ndarray
    consents: list[Consents]
    refusals: Refusals
    response: Response


def draw(shape: Shape, number: int, *, this_year: int) -> Block:
    everybody = people.draw(shape, number, this_year=this_year)
    rng = shape.random(2, number)
    reach = holdings.reach(everybody, rng)
    past = history.draw(everybody, shape.random(3, number), has_email=reach.email, has_product=reach.product)
    segment = np.searchsorted([SILVER_EURO * 100, GOLD_EURO * 100], past.spent_cents, side="right")
    return Block(
        number=number,
        people=everybody,
        reach=reach,
        history=past,
        segment=segment,
        since_days_ago=np.maximum(past.first_days_ago + 1, rng.integers(10, 4 * DAYS, len(everybody))),
        consents=holdings.consents(everybody, rng, reached=reach, bought=past.bought),
        refusals=holdings.refusals(everybody, rng, reached=reach),
        response=behaviour.draw(everybody, past, segment, shape.random(4, number)),
    )
