"""What an option says about how often and how fast its banner is shown, and which of several goes first."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MOST = {"per_day": 1000, "per_person": 100_000, "impressions": 2_000_000_000, "priority": 100}
LEAST = {"per_day": 1, "per_person": 1, "impressions": 1, "priority": 0}


@dataclass(frozen=True)
class Limits:
    """None: no limit. Impressions count when they were seen."""

    per_day: int | None = None  # to one person on one day of the platform's time zone
    per_person: int | None = None  # to one person in all
    impressions: int | None = None  # to everybody over the flight, spread evenly over its hours
    priority: int = 0  # of several banners for a person the highest is shown; of equal ones the newest

    def as_settings(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if value}


def sql(name: str) -> str:
    """The limit of an option `o`; NULL where there is none, and for what is no number, which forms refuse."""
    return f"CASE jsonb_typeof(o.settings->'{name}') WHEN 'number' THEN (o.settings->>'{name}')::numeric END"


def read(settings: Mapping[str, Any]) -> Limits:
    """Raises ValueError naming the setting that is unknown, no whole number, or out of range."""
    if unknown := sorted(set(settings) - set(MOST)):
        raise ValueError(f"Banner knows no setting {', '.join(unknown)}")
    for name, value in settings.items():
        _check(name, value)
    limits = Limits(**settings)
    if limits.per_day and limits.per_person and limits.per_day > limits.per_person:
        raise ValueError(
            f"per_day: must be at most those in all (per_person), got {limits.per_day} and {limits.per_person}"
        )
    return limits


def _check(name: str, value: Any) -> None:
    if type(value) is not int or not LEAST[name] <= value <= MOST[name]:
        raise ValueError(f"{name}: must be a whole number from {LEAST[name]} to {MOST[name]}, got {value!r}")
