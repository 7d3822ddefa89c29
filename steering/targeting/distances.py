"""How far places are from each other, as the crow flies."""

import numpy as np
import scipy  # which loads its parts when they are asked for

EARTH_KM = 6371.0


def nearest_km(
    latitude: np.ndarray, longitude: np.ndarray, of_latitude: np.ndarray, of_longitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) kilometres to the nearest of some places, and which; NaN and -1 where there is none or a place is not known."""
    km, which = np.full(len(latitude), np.nan), np.full(len(latitude), -1)
    known = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
    if known.size and len(of_latitude):
        chord, which[known] = scipy.spatial.KDTree(_on_sphere(of_latitude, of_longitude)).query(
            _on_sphere(latitude[known], longitude[known])
        )
        km[known] = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return km, which


def _on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """(n, 3) of radius 1, from degrees: who is nearest through the earth is nearest over it."""
    y, x = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
