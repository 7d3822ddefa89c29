"""Which household lives in which area, as SQL: in one of every carrier that has it, or in the area that a carrier's option buys."""

from collections.abc import Mapping
from typing import Any

# Rows (household_id, area_id).
EVERYWHERE = """
    (SELECT id AS household_id, delivery_area_id AS area_id FROM campaigns_household WHERE delivery_area_id IS NOT NULL
     UNION ALL SELECT household_id, area_id FROM campaigns_otherarea)
"""
OF_FIRST = "(SELECT id AS household_id, delivery_area_id AS area_id FROM campaigns_household WHERE delivery_area_id IS NOT NULL)"
# One join and no union, so that of a few customers only their own households are looked at.
OF_CARRIER = """
    (SELECT h.id AS household_id, CASE WHEN a.carrier = {carrier} THEN a.id ELSE o.area_id END AS area_id
     FROM campaigns_household h
     LEFT JOIN campaigns_deliveryarea a ON a.id = h.delivery_area_id
     LEFT JOIN campaigns_otherarea o ON o.household_id = h.id AND o.carrier = {carrier}
     WHERE a.carrier = {carrier} OR o.area_id IS NOT NULL)
"""


def carrier_of(settings: Mapping[str, Any]) -> str:
    """Whose areas an option buys, by its settings; empty: of each household, those of the first carrier that has it."""
    return settings.get("carrier") or ""


def in_areas(carrier: str, *, param: str = "area_carrier") -> tuple[str, dict[str, Any]]:
    """Rows (household_id, area_id), at most one a household, and their parameter.

    In areas of this carrier; of the first carrier that has the household where the carrier is empty.
    """
    return (OF_CARRIER.format(carrier=f"%({param})s"), {param: carrier}) if carrier else (OF_FIRST, {})
