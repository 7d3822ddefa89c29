"""What a piece costs where it goes: postage zones, told by the beginning of the postcode; the longest that fits counts.

What an option says itself ("80") comes before what a price table says ("DE:80", "DE:").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from steering import streaming

from .options import Offer

# The first that fits is the one that counts, of each kind of zone.
FOUND = """
    SELECT c.id AS customer_id, (CASE {plain} ELSE -1 END) AS plain, (CASE {placed} ELSE -1 END) AS placed
    FROM campaigns_customer c JOIN campaigns_household h ON h.id = c.household_id
    WHERE {any}
"""
PLACE = "h.country || ':' || upper(regexp_replace(h.postcode, '[^0-9A-Za-z]', '', 'g'))"


@dataclass(frozen=True, eq=False)
class Zones:
    """Where n customers live, as far as the prices of some options ask: a zone of each kind, -1 for none."""

    plain: Sequence[str]  # beginnings of postcodes
    placed: Sequence[str]  # the same with their country
    of_plain: np.ndarray  # (n,)
    of_placed: np.ndarray  # (n,)

    def costs(self, offer: Offer) -> np.ndarray | float:
        """Cents a piece: (n,), or one number where it is the same everywhere; inf where there is no price."""
        if not offer.zone_costs:
            return float(offer.unit_cost_cents)
        table = np.array([[_cost(offer, one, other) for other in (*self.placed, "")] for one in (*self.plain, "")])
        return table[self.of_plain, self.of_placed]


def of(offers: Iterable[Offer], customer_ids: np.ndarray) -> Zones:
    """For all zones of these offers, by one query; `customer_ids` (n,) ascending."""
    prefixes = sorted({prefix for offer in offers for prefix in offer.zone_costs}, key=_rank)
    plain = [prefix for prefix in prefixes if not _names_country(prefix)]
    placed = [prefix for prefix in prefixes if _names_country(prefix)]
    found = Zones(plain, placed, *(np.full(customer_ids.size, -1) for _ in range(2)))
    if not prefixes:
        return found
    fits = [f"starts_with(h.postcode, %(plain_{number})s)" for number in range(len(plain))]
    fits_place = [f"starts_with({PLACE}, %(placed_{number})s)" for number in range(len(placed))]
    sql = FOUND.format(plain=_cases(fits), placed=_cases(fits_place), any=" OR ".join([*fits, *fits_place]))
    params = {f"plain_{number}": prefix for number, prefix in enumerate(plain)}
    params |= {f"placed_{number}": prefix for number, prefix in enumerate(placed)}
    for rows in streaming.stream(sql, params, {"customer_id": "i8", "plain": "i4", "placed": "i4"}):
        place, is_there = places(rows["customer_id"].astype(np.int64), customer_ids)
        found.of_plain[place[is_there]] = rows["plain"][is_there]
        found.of_placed[place[is_there]] = rows["placed"][is_there]
    return found


def piece_costs(offers: Sequence[Offer], customer_ids: np.ndarray) -> np.ndarray:
    """(m,) cents a piece, or (n, m) where an option has postage zones; inf: no price. `customer_ids` (n,) ascending."""
    if not any(offer.zone_costs for offer in offers):
        return np.array([float(offer.unit_cost_cents) for offer in offers])
    zones = of(offers, customer_ids)
    return np.column_stack([np.broadcast_to(zones.costs(offer), customer_ids.size) for offer in offers])


def area_piece_costs(offer: Offer, postcodes: Sequence[str]) -> np.ndarray:
    """(areas,) cents a leaflet."""
    places = [f"{offer.country}:{packed(postcode)}" for postcode in postcodes]
    return np.array([_cost(offer, *both) for both in zip(postcodes, places, strict=True)])


def packed(postcode: str) -> str:
    return "".join(filter(str.isalnum, postcode)).upper()


def _rank(prefix: str) -> tuple[bool, int, str]:
    return _names_country(prefix), -len(prefix), prefix


def _names_country(prefix: str) -> bool:
    return ":" in prefix


def _cost(offer: Offer, postcode: str, place: str) -> float:
    """`place`: country and packed postcode, DE:10115."""
    zones = offer.zone_costs
    fitting = [zone for zone in zones if (place if _names_country(zone) else postcode).startswith(zone)]
    return float(zones[min(fitting, key=_rank)] if fitting else offer.unit_cost_cents)


def _cases(fits: Sequence[str]) -> str:
    """Of a CASE, which needs one case at least."""
    return " ".join(f"WHEN {fit} THEN {number}" for number, fit in enumerate(fits)) or "WHEN false THEN -1"


def places(ids: np.ndarray, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `ids` stands in the ascending `among`, and whether it stands there at all."""
    if not among.size:
        return np.zeros(ids.size, dtype=np.int64), np.zeros(ids.size, dtype=bool)
    place = np.minimum(np.searchsorted(among, ids), among.size - 1)
    return place, among[place] == ids
