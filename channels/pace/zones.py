"""The time zone of a customer, as SQL: their own, else that of their country, else the platform's."""

import json
from typing import Any

from django.conf import settings

# Countries with one time zone, and those where nearly everybody lives in one. Others get the platform's.
OF_COUNTRY = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IN": "Asia/Kolkata", "IS": "Atlantic/Reykjavik", "IT": "Europe/Rome",
    "JP": "Asia/Tokyo", "LI": "Europe/Vaduz", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga",
    "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest", "RS": "Europe/Belgrade", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava", "TR": "Europe/Istanbul", "UA": "Europe/Kyiv",
}  # fmt: skip

# Of a customer row `c`. A zone that PostgreSQL does not know must not stop everybody else's messages.
ZONE = """
    CASE WHEN c.time_zone = %(pace_zone)s THEN c.time_zone
         WHEN c.time_zone <> '' THEN known_zone(c.time_zone, %(pace_zone)s)
         ELSE coalesce((SELECT %(pace_zones)s::jsonb ->> h.country FROM campaigns_household h WHERE h.id = c.household_id),
                       %(pace_zone)s) END"""


def params() -> dict[str, Any]:
    return {"pace_zone": settings.TIME_ZONE, "pace_zones": json.dumps(OF_COUNTRY)}
