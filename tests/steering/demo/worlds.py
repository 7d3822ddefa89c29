"""A world of a few people who do exactly what a test says."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from campaigns.models import Customer
from steering.demo.world import World, meet
from steering.population.truth import Answers, Truth


def no_truth() -> Truth:
    """About nobody."""
    return Truth(np.array([], dtype=str), *(np.zeros(0) for _ in range(5)))


def world(people: Sequence[Customer]) -> World:
    numbers = np.array(sorted(person.customer_number for person in people))
    n = len(numbers)
    nothing = np.zeros(n)
    truth = Truth(numbers, nothing, np.zeros((n, 5)), np.full(n, 70.0), nothing, nothing)
    return meet(truth, data="a test")


def answers(of: World, **who: Sequence[Customer]) -> Answers:
    """Each keyword names what some people do; a purchase is worth 12.34 and happens on the second day."""
    numbers = of.truth.customer_numbers.tolist()
    does = {
        field.name: np.isin(numbers, [person.customer_number for person in who.get(field.name, ())])
        for field in fields(Answers)
    }
    everybody = np.ones(len(of), dtype=bool)
    return Answers(**does | {"reached": everybody, "value_cents": 1234 * does["bought"], "days_later": 2.0 * everybody})
