"""An audience in shards of whole units: a delivery area, or else a household, or else a customer; a stable hash says which."""

from collections.abc import Mapping

import numpy as np

from campaigns.areas import living
from steering import holdout, people, streaming
from steering.people import Who

SALT = 1 << 40  # no campaign's, so that the holdout is spread evenly
HOMES = """
    SELECT a.id, coalesce(c.household_id, -1) AS household, coalesce(l.area_id, -1) AS area
    FROM ({who}) a JOIN campaigns_customer c ON c.id = a.id LEFT JOIN {living} l ON l.household_id = c.household_id
"""
COLUMNS: Mapping[str, str] = {"id": "i8", "household": "i8", "area": "i8"}


def split(who: Who, *, by_area: bool, size: int, carrier: str = "") -> list[np.ndarray]:
    """Rising ids of each shard that has anybody, of about `size` customers; 16 bytes a customer are held meanwhile.

    `carrier` as campaigns.areas.living says.
    """
    lived_in, params = living.in_areas(carrier)
    rows_of_all = streaming.stream(HOMES.format(who=who.sql, living=lived_in), dict(who.params) | params, COLUMNS)
    found = [_drawn(rows, by_area=by_area) for rows in rows_of_all]
    ids, draws = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    shards = max(1, -(-len(ids) // size))
    number = (draws * shards).astype(np.int64)
    order = np.lexsort((ids, number))
    parts = np.split(ids[order], np.searchsorted(number[order], np.arange(1, shards)))
    return [part for part in parts if part.size]


def _drawn(rows: np.ndarray, *, by_area: bool) -> tuple[np.ndarray, np.ndarray]:
    ids, home = rows["id"].astype(np.int64), rows["household"].astype(np.int64)
    alone = np.where(home == people.NONE, ids, home)
    units = holdout.unit_of(alone, rows["area"].astype(np.int64), by_area=by_area)
    return ids, holdout.draw(units, salt=SALT)
