"""Shards that decide apart, on any number of workers, take what they use from one row of the database.

That is an UPDATE which succeeds only where there is room for all of it. So whatever the order, and whoever dies, the sum
over shards never exceeds a limit.

Room and use are (K,), as steering.allocation.shards counts them.
"""

import numpy as np

from channels.ledger import sql
from steering.allocation import Problem
from steering.allocation.shards import room_of
from steering.models import Room

# The same rule as steering.allocation.shards.fits: what gives something back always may.
TAKE = """
    UPDATE steering_room SET
        "left" = (SELECT array_agg(l - u ORDER BY n) FROM unnest("left", %(used)s::float8[]) WITH ORDINALITY t (l, u, n))
    WHERE id = %(room)s AND (
        SELECT bool_and(u <= 0 OR l = 'Infinity' OR u <= l + %(slack)s * (1 + abs(l)))
        FROM unnest("left", %(used)s::float8[]) t (l, u)
    )
"""
SLACK = 1e-9


def begin(wave_id: int, limits: Problem) -> Room:
    """Room for everybody; `limits` is any problem with the limits of the whole."""
    return Room.objects.create(wave_id=wave_id, left=room_of(limits).tolist())


def take(room_id: int, used: np.ndarray) -> bool:
    """Whether there was room for all of `used` (K,), which then is taken."""
    return sql.count(TAKE, {"room": room_id, "used": np.asarray(used, dtype=float).tolist(), "slack": SLACK}) == 1
