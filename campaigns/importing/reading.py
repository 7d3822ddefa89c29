"""One row being read: its values, whose it is, and everything that is wrong with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from campaigns import identity
from campaigns.identity import IdentityError

from .convert import Notation
from .errors import CellError
from .values import Cells, Getter, compiled

DEGREES = {"latitude": 90, "longitude": 180}  # at most
Staged = list[tuple[str, tuple]]  # table and values
Identifiers = dict[tuple[str, str], None]  # kind and value, in the order of the mapping


class Reading:
    """The values of one row, and what is wrong with them."""

    def __init__(self, row: int, cells: Cells) -> None:
        self.row = row
        self.cells = cells
        self.problems: list[tuple[str, str]] = []

    def value(self, field: str, getter: Getter | None) -> Any:
        """The converted value; None if there is none, or if it is bad, which is noted."""
        if getter is None:
            return None
        try:
            return getter(self.row, self.cells)
        except CellError as error:
            self.problems.append((field, str(error)))
            return None

    def refuse(self, field: str, reason: str) -> None:
        self.problems.append((field, reason))


class Who:
    """How a row says whose it is: customer number and identifiers."""

    def __init__(self, definition: dict[str, Any], notation: Notation) -> None:
        self.country = definition.get("country", settings.CUSTOMER_COUNTRY)
        number = definition.get("customer_number")
        self.number = compiled(number, as_="text", notation=notation, longest=64) if number else None
        self.identifiers = [
            (item["kind"], compiled(item["value"], as_="text", notation=notation, longest=identity.LONGEST_IDENTIFIER))
            for item in definition.get("identifiers", ())
        ]

    def read(self, reading: Reading) -> tuple[str | None, Identifiers]:
        """Customer number and identifiers; the same identifier in two columns is one."""
        number = reading.value("customer_number", self.number)
        found: Identifiers = {}
        for kind, getter in self.identifiers:
            if value := reading.value(kind, getter):
                try:
                    found[kind, identity.normalise(kind, value, country=self.country)] = None
                except IdentityError as error:
                    reading.refuse(kind, error.reason)
        return number, found


def staged_identifiers(row: int, identifiers: Identifiers) -> Staged:
    return [("import_identifier", (row, kind, value, identity.digest(kind, value))) for kind, value in identifiers]


def notation_of(definition: dict[str, Any]) -> Notation:
    return Notation(decimal=definition.get("decimal", "."), time_zone=definition.get("time_zone", settings.TIME_ZONE))


def attributes_of(spec: dict[str, Any], notation: Notation) -> list[tuple[str, Getter]]:
    return [
        (name, compiled(value, as_="text", notation=notation)) for name, value in spec.get("attributes", {}).items()
    ]


def read_attributes(reading: Reading, getters: list[tuple[str, Getter]], field: str) -> dict[str, Any]:
    found = {name: reading.value(f"{field}.{name}", getter) for name, getter in getters}
    return {name: plain(value) for name, value in found.items() if value is not None}


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def read_degrees(reading: Reading, getters: Mapping[str, Getter | None]) -> dict[str, float | None]:
    """Latitude and longitude; both, or neither."""
    known = len(reading.problems)
    found = {name: reading.value(name, getters[name]) for name in DEGREES}
    for name, most in DEGREES.items():
        if found[name] is not None and abs(found[name]) > most:
            reading.refuse(name, f"must be between -{most} and {most}")
    missing = [name for name, value in found.items() if value is None]
    if len(missing) == 1 and len(reading.problems) == known:
        reading.refuse(missing[0], "is missing")
    return found
