"""What a piece costs where it goes: postage zones, told by the beginning of the postcode; the longest that fits counts."""

from collections.abc import Sequence

import numpy as np

from steering import streaming

from .options import Offer

FOUND = """
    SELECT c.id AS customer_id, (CASE {cases} END) AS zone
    FROM campaigns_customer c JOIN campaigns_household h ON h.id = c.household_id
    WHERE {any}
"""


def piece_costs(offers: Sequence[Offer], customer_ids: np.ndarray) -> np.ndarray:
    """(m,) cents a piece, or (n, m) where an option has postage zones. `customer_ids` (n,) ascending."""
    usual = np.array([float(offer.unit_cost_cents) for offer in offers])
    prefixes = _prefixes(offers)
    if not prefixes:
        return usual
    table = np.array([usual, *([_cost(offer, prefix) for offer in offers] for prefix in prefixes)])
    return table[_zones(prefixes, customer_ids) + 1]


def area_piece_costs(offer: Offer, postcodes: Sequence[str]) -> np.ndarray:
    """(areas,) cents a leaflet."""
    return np.array([_cost(offer, postcode) for postcode in postcodes])


def _prefixes(offers: Sequence[Offer]) -> list[str]:
    """Longest first, so that the first that fits is the one that counts."""
    return sorted(
        {prefix for offer in offers for prefix in offer.zone_costs}, key=lambda prefix: (-len(prefix), prefix)
    )


def _cost(offer: Offer, postcode: str) -> float:
    fitting = [prefix for prefix in offer.zone_costs if postcode.startswith(prefix)]
    return float(offer.zone_costs[max(fitting, key=len)] if fitting else offer.unit_cost_cents)


def _zones(prefixes: Sequence[str], customer_ids: np.ndarray) -> np.ndarray:
    """(n,) which of the prefixes a customer's postcode begins with, -1 for none."""
    fits = [f"starts_with(h.postcode, %(zone_{number})s)" for number in range(len(prefixes))]
    sql = FOUND.format(
        cases=" ".join(f"WHEN {fit} THEN {number}" for number, fit in enumerate(fits)), any=" OR ".join(fits)
    )
    params = {f"zone_{number}": prefix for number, prefix in enumerate(prefixes)}
    zones = np.full(customer_ids.size, -1)
    for rows in streaming.stream(sql, params, {"customer_id": "i8", "zone": "i4"}):
        place, is_there = places(rows["customer_id"].astype(np.int64), customer_ids)
        zones[place[is_there]] = rows["zone"][is_there]
    return zones


def places(ids: np.ndarray, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `ids` stands in the ascending `among`, and whether it stands there at all."""
    if not among.size:
        return np.zeros(ids.size, dtype=np.int64), np.zeros(ids.size, dtype=bool)
    place = np.minimum(np.searchsorted(among, ids), among.size - 1)
    return place, among[place] == ids
