"""Which household lives in which area, as SQL: in one of every carrier that has it, or in the area that a carrier's option buys."""

from collections.abc import Mapping
from typing import Any

# Rows (household_id, area_id).
EVERYWHERE = """
    (SELECT id AS household_id, delivery_area_id AS area_id FROM campaigns_household WHERE delivery_area_id IS NOT NULL
     UNION ALL SELECT household_id, area_id FROM campaigns_otherarea)
"""
OF_FIRST = "(SELECT id AS household_id, delivery_area_id AS area_id FROM campaigns_household WHERE delivery_area_id IS NOT NULL)"
OF_CARRIER = """
    (SELECT h.id AS household_id, h.delivery_area_id AS area_id FROM campaigns_household h
     JOIN campaigns_deliveryarea a ON a.id = h.delivery_area_id WHERE a.carrier = {carrier}
     UNION ALL
     SELECT o.household_id, o.area_id FROM campaigns_otherarea o JOIN campaigns_household h ON h.id = o.household_id
     LEFT JOIN campaigns_deliveryarea a ON a.id = h.delivery_area_id
     WHERE o.carrier = {carrier} AND a.carrier IS DISTINCT FROM {carrier})
"""


def carrier_of(settings: Mapping[str, Any]) -> str:
    """Whose areas an option buys, by its settings; empty: of each household, those of the first carrier that has it."""
    return settings.get("carrier") or ""


def in_areas(carrier: str, *, param: str = "area_carrier") -> tuple[str, dict[str, Any]]:
    """Rows (household_id, area_id), at most one a household, and their parameter.

    In areas of this carrier; of the first carrier that has the household where the carrier is empty.
    """
    return (OF_CARRIER.format(carrier=f"%({param})s"), {param: carrier}) if carrier else (OF_FIRST, {})
