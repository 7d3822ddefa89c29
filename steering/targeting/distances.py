"""How far places are from each other, as the crow flies."""

import numpy as np
from sklearn.neighbors import BallTree

EARTH_KM = 6371.0


def nearest_km(
    latitude: np.ndarray, longitude: np.ndarray, of_latitude: np.ndarray, of_longitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) kilometres to the nearest of some places, and which; NaN and -1 where there is none or a place is not known."""
    km, which = np.full(len(latitude), np.nan), np.full(len(latitude), -1)
    known = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
    if known.size and len(of_latitude):
        tree = BallTree(np.radians(np.column_stack([of_latitude, of_longitude])), metric="haversine")
        far, found = tree.query(np.radians(np.column_stack([latitude[known], longitude[known]])))
        km[known], which[known] = far[:, 0] * EARTH_KM, found[:, 0]
    return km, which
