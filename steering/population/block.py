"""One block of a population: everything about some 25,000 people, drawn from streams of its own."""

from dataclasses import dataclass, replace

import numpy as np

from . import behaviour, history, holdings, people, trials
from .behaviour import Response
from .history import DAY, DAYS, History
from .holdings import Consents, Reach, Refusals
from .people import People
from .shape import Shape
from .trials import Trial

SEGMENTS = ("", "silver", "gold")
SILVER_EURO, GOLD_EURO = 150, 400


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
    trials: list[Trial]


def draw(shape: Shape, number: int, *, this_year: int, trial_waves: int = 0) -> Block:
    everybody = people.draw(shape, number, this_year=this_year)
    count = len(everybody)
    rng = shape.random(2, number)
    reach = holdings.reach(everybody, rng)
    acts = history.acts(everybody, shape.random(3, number), owns_product=reach.product)
    since = _customer_since(everybody, history.first_ago(acts, count), rng)
    first_bought = history.first_ago(acts, count, kind=history.PURCHASED)
    consents = holdings.consents(everybody, rng, reached=reach, since_days_ago=since, first_bought_ago=first_bought)
    emails = history.emails(everybody, shape.random(6, number), next(c for c in consents if c.channel == "email"))
    past = history.summary([*acts, *emails], count)
    segment = np.searchsorted([SILVER_EURO * 100, GOLD_EURO * 100], past.spent_cents, side="right")
    refused = holdings.refusals(everybody, rng, reached=reach, since_days_ago=since)
    known = trials.Known(shape, number, everybody, reach, consents, refused, since, segment)
    tried, events = trials.draw(known, past.events, waves=trial_waves)
    past = replace(past, events=events, days_since_last=history.days_since_last(events, count))
    return Block(
        number=number,
        people=everybody,
        reach=reach,
        history=past,
        segment=segment,
        since_days_ago=since,
        consents=consents,
        refusals=refused,
        response=behaviour.draw(everybody, past.days_since_last, segment, shape.random(behaviour.STREAM, number)),
        trials=tried,
    )


def _customer_since(everybody: People, first_ago: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Days ago: at most eight years, from the age of 16 on, and before anything that is known of them."""
    of_age = everybody.born_days_ago - int(16 * 365.25)
    return np.maximum(first_ago // DAY + 1, np.minimum(rng.integers(10, 4 * DAYS, len(everybody)), of_age))
