"""In which week each chosen area gets its leaflets: as many leaflets every week, anywhere or one neighbourhood after another."""

import numpy as np

from .distances import nearest_km


def evenly(quantity: np.ndarray, weeks: int, *, seed: int) -> np.ndarray:
    """(n,) from 1 to `weeks`: the largest first into the week that has fewest (Graham 1969); of equal ones chance decides."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(quantity))
    order = order[np.argsort(-quantity[order], kind="stable")]
    number, taken = np.ones(len(quantity), dtype=np.int64), np.zeros(weeks)
    for area in order:
        week = int(taken.argmin())
        number[area], taken[week] = week + 1, taken[week] + quantity[area]
    return number


def by_stores(
    quantity: np.ndarray, places: tuple[np.ndarray, np.ndarray], stores: tuple[np.ndarray, np.ndarray], weeks: int
) -> np.ndarray:
    """(n,) from 1 to `weeks`: stores in turn, each neighbour to the one before, and around a store the nearest areas first.

    `places` and `stores` are latitudes and longitudes. The line of all areas is cut into weeks of about as many leaflets, so
    a week has whole neighbourhoods but for those at its ends. Areas whose place is not known come last.
    """
    km, store = nearest_km(*places, *stores)
    turn = np.empty(len(stores[0]) + 1, dtype=np.int64)
    turn[_round(*stores)] = np.arange(len(stores[0]))
    turn[-1] = len(stores[0])  # of store -1
    order = np.lexsort((np.arange(len(quantity)), np.nan_to_num(km, nan=np.inf), turn[store]))
    number = np.ones(len(quantity), dtype=np.int64)
    total = quantity.sum()
    if total > 0:
        middle = np.cumsum(quantity[order]) - quantity[order] / 2
        number[order] = np.minimum((middle / total * weeks).astype(np.int64), weeks - 1) + 1
    return number


def _round(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Stores in the order of a walk from the westernmost always to the nearest of those left."""
    left = list(np.lexsort((latitude, longitude)))
    walk: list[int] = []
    while left:
        if walk:
            here = walk[-1]
            east = (longitude[left] - longitude[here]) * np.cos(np.radians(latitude[here]))
            step = int(np.hypot(latitude[left] - latitude[here], east).argmin())
        else:
            step = 0
        walk.append(int(left.pop(step)))
    return np.array(walk, dtype=np.int64)
