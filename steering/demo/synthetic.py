"""The demo on made-up people whose responses are known, and who were tried before."""

from django.utils import timezone

from steering.population import generate, settling, trials, truth
from steering.population.write import PopulationError

from .errors import DemoError
from .stages import Stages
from .world import World, meet

FEWEST_WAVES, DECISIONS = 4, 400_000  # more decisions than the platform learns from would only take time
WORDS = (
    "These people have a past: {waves} trial waves, the last of them 45 days ago, in which chance chose what everybody got, "
    "and the probabilities were written down. How people answered then was drawn from the same truth as their answers to "
    "the waves here. A company that has tried less knows less."
)


def populate(*, customers: int, seed: int, stages: Stages) -> World:
    waves = trial_waves(customers)
    with stages.stage(f"population: {customers:,} made-up people, and {waves} trial waves of the past"):
        try:
            made = generate.generate(customers=customers, seed=seed, as_of_on=timezone.localdate(), trial_waves=waves)
        except PopulationError as error:
            raise DemoError(str(error)) from error
        tried, sent = made.rows["steering_assignment"], made.rows["channels_dispatch"]
        stages.tell(f"the trials: {tried:,} decisions by chance, {sent:,} contacts")
        known, came = settling.settle(customers=customers, seed=seed)
        stages.tell(f"new customers in the two weeks after each: {came:,}, some of them by leaflets")
    words = (WORDS.format(waves=waves),)
    return meet(truth.load(made.truth), data="synthetic", assumptions=words, newcomers=known)


def trial_waves(customers: int) -> int:
    return min(max(DECISIONS // customers, FEWEST_WAVES), trials.MOST_WAVES)
