"""Who is held out of a campaign: a stable hash decides, so that nobody is held out of one wave and contacted in the next.

Where a channel is bought by delivery area, everybody in an opened area gets it; so there whole areas are held out, and
only customers of whom no area is known are drawn one by one. Areas are drawn in pairs that are much alike (areas/pairing.py):
of most pairs that are drawn one is held out and the other is not, so that the two can be compared. Each area, taken alone,
is held out with the same probability as any.
"""

import numpy as np

FRACTION_BITS = 53


def unit_of(customer_ids: np.ndarray, area_ids: np.ndarray, *, by_area: bool) -> np.ndarray:
    """(n,) what is held out as a whole, as one number: the area's (below 0), else the customer's own."""
    return np.where((area_ids >= 0) & by_area, -1 - area_ids, customer_ids)


def is_held_out(units: np.ndarray, *, campaign_id: int, share: float) -> np.ndarray:
    """(n,) True for about `share` of the units."""
    return draw(units, salt=campaign_id) < share


def held_in_pairs(pairs: np.ndarray, *, campaign_id: int, share: float) -> np.ndarray:
    """(pairs, 2) who is held out, of pairs of area ids (pairs, 2), the second -1 where an area is alone.

    Up to half of all, 2 * share of the pairs lose one of the two; beyond, all lose one and some both. A larger share holds
    out whom a smaller one does.
    """
    first, second = -1 - pairs[:, 0], -1 - pairs[:, 1]
    of_pair, takes_first = draw(first, salt=campaign_id), draw(second, salt=campaign_id) < 0.5
    one, both = of_pair < 2 * share, of_pair < 2 * share - 1
    held = np.column_stack([both | (one & takes_first), both | (one & ~takes_first)])
    is_alone = pairs[:, 1] < 0
    held[is_alone] = np.column_stack([of_pair < share, np.zeros(len(pairs), dtype=bool)])[is_alone]
    return held


def draw(units: np.ndarray, *, salt: int) -> np.ndarray:
    """(n,) uniform in [0, 1), always the same for a unit and a salt: splitmix64 (Steele, Lea and Flood, 2014)."""
    with np.errstate(over="ignore"):  # it counts modulo 2^64
        mixed = _mix(units.astype(np.int64).view(np.uint64) + _mix(np.array([salt], dtype=np.uint64)))
    return (mixed >> np.uint64(64 - FRACTION_BITS)) / float(1 << FRACTION_BITS)


def _mix(number: np.ndarray) -> np.ndarray:
    number = number + np.uint64(0x9E3779B97F4A7C15)
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))
