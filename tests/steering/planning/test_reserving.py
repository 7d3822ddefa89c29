"""However many shards take at once, together they keep every limit."""

from functools import partial

import numpy as np
import pytest
from django.db import transaction

from steering.allocation import Problem
from steering.models import Room
from steering.planning import reserving
from tests import builders
from tests.at_once import elsewhere

SHARDS = 6


@pytest.fixture
def room(transactional_db) -> Room:
    limits = Problem(
        values=np.ones((1, 3)),
        costs=np.array([1.0, 12.0, 85.0]),
        budget=900.0,
        capacities=np.array([50.0, 40.0, np.inf]),
    )
    return reserving.begin(builders.wave().pk, limits)


def left(room: Room) -> list[float]:
    room.refresh_from_db()
    return room.left


def at_once(step, shards: list) -> list[bool]:
    answers = [elsewhere(partial(step, shard)) for shard in shards]
    return [answer.result(timeout=60) for answer in answers]


def test_all_at_once_take_no_more_than_there_is(room):
    taken = at_once(lambda used: reserving.take(room.pk, used), [[200.0, 5.0, 1.0, 7.0]] * SHARDS)
    assert sum(taken) == 4
    assert left(room) == [100.0, 30.0, 36.0, np.inf]


def test_what_does_not_fit_as_a_whole_is_not_taken_at_all(room):
    assert not reserving.take(room.pk, [1.0, 51.0, 0.0, 0.0])
    assert left(room) == [900.0, 50.0, 40.0, np.inf]
    assert reserving.take(room.pk, [1.0, 50.0, 0.0, 7.0])
    assert left(room) == [899.0, 0.0, 40.0, np.inf]


def test_what_is_given_back_always_may_be(room):
    assert reserving.take(room.pk, [-5.0, 0.0, -1.0, 0.0])
    assert left(room)[:3] == [905.0, 50.0, 41.0]


def test_who_dies_before_writing_down_has_taken_nothing(room):
    with pytest.raises(RuntimeError), transaction.atomic():
        die_after(reserving.take(room.pk, [100.0, 5.0, 0.0, 0.0]))
    assert left(room)[0] == 900


def die_after(is_taken: bool) -> None:
    assert is_taken
    raise RuntimeError("killed")
