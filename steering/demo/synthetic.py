"""The demo on made-up people whose responses are known."""

from django.utils import timezone

from steering.population import generate, truth
from steering.population.write import PopulationError

from .errors import DemoError
from .stages import Stages
from .world import World, meet

TRIAL_WAVES = 12
WORDS = (
    f"These people have a past: {TRIAL_WAVES} trial waves in the last fifteen months, in which chance chose what "
    "everybody got, and the probabilities were written down. How people answered then was drawn from the same truth as "
    "their answers to the waves here. A company that has tried less knows less.",
)


def populate(*, customers: int, seed: int, stages: Stages) -> World:
    with stages.stage(f"population: {customers:,} made-up people, and {TRIAL_WAVES} trial waves of the past"):
        try:
            made = generate.generate(
                customers=customers, seed=seed, as_of_on=timezone.localdate(), trial_waves=TRIAL_WAVES
            )
        except PopulationError as error:
            raise DemoError(str(error)) from error
        tried, sent = made.rows["steering_assignment"], made.rows["channels_dispatch"]
        stages.tell(f"the trials: {tried:,} decisions by chance, {sent:,} contacts")
    return meet(truth.load(made.truth), data="synthetic", assumptions=WORDS)
