"""The demo on made-up people whose responses are known."""

from django.utils import timezone

from steering.population import generate, truth
from steering.population.write import PopulationError

from .errors import DemoError
from .world import World, meet


def populate(*, customers: int, seed: int) -> World:
    try:
        made = generate.generate(customers=customers, seed=seed, as_of_on=timezone.localdate())
    except PopulationError as error:
        raise DemoError(str(error)) from error
    return meet(truth.load(made.truth), data="synthetic")
