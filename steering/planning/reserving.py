"""Shards that decide apart, on any number of workers, take what they use from one row of the database.

Each chooses at prices that were found on a sample (steering.allocation.shards), within its part of what is left, and
takes that by an UPDATE which succeeds only where there is room for all of it. So whatever the order, and whoever dies,
the sum over shards never exceeds a limit. Whoever finds that others were faster chooses once more, the last time while
nobody else may take. When all have chosen, each may spread what is left over its customers.

Waves that are decided apart (apart.py) divide the limits beforehand and only `take`.

Room and use are (K,), as steering.allocation.shards counts them.
"""

from collections.abc import Callable

import numpy as np
from django.db import connection, transaction

from steering.allocation import Problem
from steering.allocation.shards import allotted, choose_shard, room_of, spread
from steering.models import Room

ATTEMPTS = 3  # before the row is locked

# The same rule as steering.allocation.shards.fits: what gives something back always may.
TAKE = """
    UPDATE steering_room SET
        waiting = waiting - %(customers)s,
        "left" = (SELECT array_agg(l - u ORDER BY n) FROM unnest("left", %(used)s::float8[]) WITH ORDINALITY t (l, u, n))
    WHERE id = %(room)s AND (
        SELECT bool_and(u <= 0 OR l = 'Infinity' OR u <= l + %(slack)s * (1 + abs(l)))
        FROM unnest("left", %(used)s::float8[]) t (l, u)
    )
"""
SLACK = 1e-9

Decide = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def begin(wave_id: int, limits: Problem, *, customers: int) -> Room:
    """Room for everybody; `limits` is any problem with the limits of the whole."""
    return Room.objects.create(wave_id=wave_id, left=room_of(limits).tolist(), waiting=customers)


def choose(room_id: int, problem: Problem, prices: np.ndarray) -> np.ndarray:
    """(n, m) what each customer of a shard gets. Within a transaction that writes it down, both happen or neither.

    `problem` has the limits of all and the customers of the shard, in whole households and delivery areas.
    """

    def decide(left: np.ndarray, waiting: int) -> tuple[np.ndarray, np.ndarray]:
        return choose_shard(problem, prices, allotted(left, problem.n_customers, waiting))

    return _taken(room_id, decide, customers=problem.n_customers)


def spread_left(room_id: int, problem: Problem, prices: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(n, m) the last step, after all have chosen: what is left goes to customers of this shard, worth no less."""
    return _taken(room_id, lambda left, _: spread(problem, prices, chosen, left), customers=0)


def take(room_id: int, used: np.ndarray, *, customers: int = 0) -> bool:
    """Whether there was room for all of `used` (K,), which then is taken."""
    params = {"room": room_id, "used": np.asarray(used, dtype=float).tolist(), "customers": customers, "slack": SLACK}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, params)
        return cursor.rowcount == 1


def left(room_id: int) -> np.ndarray:
    return np.array(Room.objects.values_list("left", flat=True).get(pk=room_id), dtype=float)


def _taken(room_id: int, decide: Decide, *, customers: int) -> np.ndarray:
    for _ in range(ATTEMPTS):
        room = Room.objects.get(pk=room_id)
        chosen, used = decide(np.array(room.left, dtype=float), room.waiting)
        if take(room_id, used, customers=customers):
            return chosen
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        chosen, used = decide(np.array(room.left, dtype=float), room.waiting)
        if not take(room_id, used, customers=customers):
            raise ValueError(f"a choice uses more than the room that it was given: {used.tolist()} of {room.left}")
    return chosen
