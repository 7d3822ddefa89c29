"""However many shards decide at once, together they keep every limit, and what one leaves another gets."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection, transaction

from steering.allocation import Problem, checked, solve
from steering.allocation.parts import part_of
from steering.allocation.shards import fit_prices
from steering.models import Room
from steering.planning import reserving
from tests import builders

CUSTOMERS, SHARDS = 240, 6


@pytest.fixture
def whole() -> Problem:
    rng = np.random.default_rng(3)
    return checked(
        Problem(
            values=rng.lognormal(3, 1, (CUSTOMERS, 3)) - 20,
            costs=np.array([1.0, 12.0, 85.0]),
            budget=900.0,
            capacities=np.array([50.0, 40.0, np.inf]),
        )
    )


@pytest.fixture
def prices(whole) -> np.ndarray:
    return fit_prices(part_of(whole, np.arange(0, CUSTOMERS, 4)), 0.25)


@pytest.fixture
def room(transactional_db, whole) -> Room:
    return reserving.begin(builders.wave().pk, whole, customers=CUSTOMERS)


def parts(whole: Problem) -> list[Problem]:
    return [part_of(whole, rows) for rows in np.array_split(np.arange(CUSTOMERS), SHARDS)]


def at_once(step, shards: list) -> list[np.ndarray]:
    """Each in a thread with a connection of its own, as workers have."""

    def apart(shard):
        try:
            return step(shard)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(shards)) as pool:
        return list(pool.map(apart, shards))


def worth(whole: Problem, chosen: np.ndarray) -> float:
    return float(whole.values[chosen].sum())


def test_all_at_once_keep_every_limit_and_lose_little(room, whole, prices):
    shards = parts(whole)
    chosen = at_once(lambda shard: reserving.choose(room.pk, shard, prices), shards)
    pairs = list(zip(shards, chosen, strict=True))
    chosen = np.vstack(at_once(lambda pair: reserving.spread_left(room.pk, pair[0], prices, pair[1]), pairs))
    used = np.array([(chosen * whole.costs).sum(), *chosen.sum(axis=0)])
    assert (used <= np.array([900, 50, 40, np.inf]) + 1e-6).all()
    assert (chosen.sum(axis=1) <= 1).all()
    np.testing.assert_allclose(reserving.left(room.pk)[:3], np.array([900, 50, 40]) - used[:3], atol=1e-6)
    assert worth(whole, chosen) >= 0.95 * solve(whole).value
    room.refresh_from_db()
    assert room.waiting == 0


def test_what_does_not_fit_as_a_whole_is_not_taken_at_all(room):
    before = reserving.left(room.pk).tolist()
    assert not reserving.take(room.pk, [1.0, 51.0, 0.0, 0.0])
    assert reserving.left(room.pk).tolist() == before
    assert reserving.take(room.pk, [1.0, 50.0, 0.0, 7.0])
    assert reserving.left(room.pk).tolist() == [899.0, 0.0, 40.0, np.inf]


def test_what_is_given_back_always_may_be(room):
    assert reserving.take(room.pk, [-5.0, 0.0, -1.0, 0.0])
    assert reserving.left(room.pk)[:3].tolist() == [905.0, 50.0, 41.0]


def test_who_dies_before_writing_down_has_taken_nothing(room, whole, prices):
    with pytest.raises(RuntimeError), transaction.atomic():
        die_after(reserving.choose(room.pk, parts(whole)[0], prices))
    room.refresh_from_db()
    assert (room.left[0], room.waiting) == (900, CUSTOMERS)


def die_after(chosen: np.ndarray) -> None:
    assert chosen.any()
    raise RuntimeError("killed")


def test_who_is_always_too_late_chooses_while_the_others_wait(room, whole, prices, monkeypatch):
    """Whatever was free when it looked is gone when it takes, until it holds the row."""
    usual, late = reserving.take, iter(range(reserving.ATTEMPTS))

    def take(room_id, used, *, customers=0):
        if next(late, None) is None:
            return usual(room_id, used, customers=customers)
        assert usual(room_id, [100.0, 5.0, 0.0, 0.0])  # somebody else, in between
        return False

    monkeypatch.setattr(reserving, "take", take)
    chosen = reserving.choose(room.pk, whole, prices)
    used = np.array([(chosen * whole.costs).sum(), *chosen.sum(axis=0)])
    assert (used[:2] <= [900 - 100 * reserving.ATTEMPTS, 50 - 5 * reserving.ATTEMPTS]).all()
    assert used[0] > 0
