"""When an order's areas get their leaflets: all at once, or over several weeks, evenly or store by store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVEN, STORES = "even", "stores"
KEYS = ("weeks", "spread", "radius_km", "days_ahead")
MOST_WEEKS, MOST_DAYS_AHEAD = 26, 180
LARGEST_KM = 500.0


@dataclass(frozen=True)
class Spread:
    """`how` even: the same number of leaflets every week. stores: one store's neighbourhood after the other."""

    weeks: int = 1
    how: str = EVEN
    radius_km: float | None = None  # only areas so near to a store, as the crow flies; None: all
    days_ahead: int = 0  # that the carrier gets the order before its week

    @property
    def is_at_once(self) -> bool:
        return self.weeks == 1


def of(settings: Mapping[str, Any]) -> Spread:
    """Raises ValueError that names the setting."""
    weeks = _whole("weeks", settings.get("weeks", 1), least=1, most=MOST_WEEKS)
    days_ahead = _whole("days_ahead", settings.get("days_ahead", 0), least=0, most=MOST_DAYS_AHEAD)
    how, radius = settings.get("spread", EVEN), settings.get("radius_km")
    if how not in (EVEN, STORES):
        raise ValueError(f"spread: must be {EVEN} or {STORES}, got {str(how)[:20]!r}")
    if radius is not None and how != STORES:
        raise ValueError(f'radius_km: needs "spread": "{STORES}"')
    is_number = isinstance(radius, int | float) and not isinstance(radius, bool)
    if radius is not None and not (is_number and 0 < radius <= LARGEST_KM):
        raise ValueError(f"radius_km: must be above 0 and at most {LARGEST_KM:g}, got {str(radius)[:20]!r}")
    return Spread(weeks, how, None if radius is None else float(radius), days_ahead)


def _whole(name: str, given: Any, *, least: int, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise ValueError(f"{name}: must be a whole number between {least} and {most}, got {str(given)[:20]!r}")
    return given
