"""A row of a carrier's file of areas, or of its list of streets, becomes rows of the staging tables."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from campaigns import identity
from campaigns.areas import geometry
from campaigns.areas.geometry import OutlineError
from campaigns.areas.statistics import StatisticsError, is_name, statistics
from campaigns.areas.streets import LAST, street_key
from campaigns.identity import IdentityError
from campaigns.models.areas import HouseNumbers

from . import convert, values
from .convert import Notation
from .errors import CellError, RowError
from .reading import DEGREES, Reading, Staged, notation_of, read_degrees
from .values import Cells, Getter, compiled

TEXTS = {"carrier": 60, "code": 40, "postcode": 12, "place": 120, "region": 80}
COUNTS = ("households", "refusing_households")
FIELDS = (*TEXTS, *COUNTS, *DEGREES, "outline")
NEEDED = ("carrier", "code", "postcode", "place", "households")
MOST_HOUSEHOLDS = 10_000_000
OTHERS = "others"  # every further column that holds numbers

STREET_FIELDS = ("carrier", "code", "postcode", "street", "first", "last", "numbers")
STREETS_NEEDED = ("carrier", "code", "street")
SIDES = {
    **dict.fromkeys(("", "all", "alle", "a", "beide", "both"), HouseNumbers.ALL),
    **dict.fromkeys(("odd", "ungerade", "u", "o"), HouseNumbers.ODD),
    **dict.fromkeys(("even", "gerade", "g", "e"), HouseNumbers.EVEN),
}


class AreaRows:
    """Checks rows of areas by a mapping."""

    def __init__(self, definition: dict[str, Any]) -> None:
        fields = definition["fields"]
        self.notation = notation_of(definition)
        self.country = definition.get("country", settings.CUSTOMER_COUNTRY)
        self.texts = {name: _getter(fields, name, "text", self.notation, longest) for name, longest in TEXTS.items()}
        self.counts = {name: _getter(fields, name, "integer", self.notation) for name in COUNTS}
        self.degrees = {name: _getter(fields, name, "number", self.notation) for name in DEGREES}
        self.outline = fields.get("outline")
        self.statistics = definition.get("statistics", OTHERS)
        self.read = {column for spec in fields.values() for column in values.columns(spec)}

    def check(self, row: int, cells: Cells) -> Staged:
        """What to stage for a row. Raises RowError with everything that is wrong with it."""
        reading = Reading(row, cells)
        texts = {name: reading.value(name, getter) for name, getter in self.texts.items()}
        counts = {name: reading.value(name, getter) for name, getter in self.counts.items()}
        _refuse_missing(reading, texts | counts, NEEDED)
        if ":" in (texts["carrier"] or ""):
            reading.refuse("carrier", "must not have a colon: areas are named carrier:code")
        self._check_place(reading, texts)
        _check_counts(reading, counts)
        degrees, outline = self._where(reading)
        known = self._statistics(reading)
        if reading.problems:
            raise RowError(reading.problems)
        drawn = None if outline is None else geometry.geojson(outline)
        return [("import_area", (row, *texts.values(), *counts.values(), *degrees.values(), drawn, known))]

    def _check_place(self, reading: Reading, texts: dict[str, Any]) -> None:
        """A postcode that lost its zero in a spreadsheet would never meet a household's."""
        if not (texts["postcode"] and texts["place"]):
            return
        place = {"postcode": texts["postcode"], "city": texts["place"]}
        try:
            texts["postcode"] = identity.address(street="1", country=self.country, **place).postcode
        except IdentityError as error:
            reading.refuse("place" if error.field == "city" else error.field, error.reason)

    def _where(self, reading: Reading) -> tuple[dict[str, float | None], Any]:
        """Latitude and longitude, of the geometry's middle where the file does not say, and the outline."""
        degrees = read_degrees(reading, self.degrees)
        drawn = self._drawn(reading)
        if drawn is None or reading.problems:
            return degrees, None
        if set(degrees.values()) == {None}:
            degrees = dict(zip(DEGREES, geometry.middle(drawn), strict=True))
        elif geometry.is_far(drawn, **degrees):
            reading.refuse("outline", "is far from latitude and longitude; in GeoJSON longitude comes first")
        return degrees, None if drawn.geom_type == "Point" else drawn

    def _drawn(self, reading: Reading) -> Any:
        cell = reading.cells.get(self.outline) if isinstance(self.outline, str) else None
        if cell in (None, ""):
            return None
        try:
            return geometry.place(cell)
        except OutlineError as error:
            reading.refuse("outline", str(error))
            return None

    def _statistics(self, reading: Reading) -> dict[str, float]:
        if self.statistics == OTHERS:
            others = {name: cell for name, cell in reading.cells.items() if name not in self.read and is_name(name)}
            found = {name: number for name, cell in others.items() if (number := self._number(cell)) is not None}
        else:
            found = {name: self._told(reading, name, spec) for name, spec in self.statistics.items()}
            found = {name: number for name, number in found.items() if number is not None}
        try:
            return statistics(found)
        except StatisticsError as error:
            reading.refuse("statistics", str(error).removeprefix("statistics "))
            return {}

    def _told(self, reading: Reading, name: str, spec: Any) -> float | None:
        getter = compiled(spec, as_="number", notation=self.notation)
        return reading.value(f"statistics.{name}", getter)

    def _number(self, cell: Any) -> float | None:
        try:
            return None if cell in (None, "") else convert.number(cell, notation=self.notation)
        except CellError:
            return None


class StreetRows:
    """Checks rows of a list of streets by a mapping."""

    def __init__(self, definition: dict[str, Any]) -> None:
        fields, notation = definition["fields"], notation_of(definition)
        texts = {"carrier": 60, "code": 40, "postcode": 12, "street": 160, "numbers": 20}
        self.texts = {name: _getter(fields, name, "text", notation, longest) for name, longest in texts.items()}
        self.ends = {name: _getter(fields, name, "integer", notation) for name in ("first", "last")}

    def check(self, row: int, cells: Cells) -> Staged:
        """What to stage for a row. Raises RowError with everything that is wrong with it."""
        reading = Reading(row, cells)
        found = {name: reading.value(name, getter) for name, getter in (self.texts | self.ends).items()}
        _refuse_missing(reading, found, STREETS_NEEDED)
        side = SIDES.get((found["numbers"] or "").lower())
        if side is None:
            reading.refuse("numbers", f"must be one of {', '.join(HouseNumbers.values)}")
        first, last = found["first"] or 0, LAST if found["last"] is None else found["last"]
        if not 0 <= first <= last <= LAST:
            reading.refuse("first", f"and last must be house numbers in order, at most {LAST}")
        key = _street(reading, found["street"])
        if reading.problems:
            raise RowError(reading.problems)
        return [("import_street", (row, found["carrier"], found["code"], found["postcode"], key, side, first, last))]


def _street(reading: Reading, street: str | None) -> str:
    try:
        return street_key(street) if street else ""
    except IdentityError as error:
        reading.refuse(error.field, error.reason)
        return ""


def _getter(fields: Mapping[str, Any], name: str, as_: str, notation: Notation, longest: int = 60) -> Getter | None:
    return compiled(fields[name], as_=as_, notation=notation, longest=longest) if name in fields else None


def _refuse_missing(reading: Reading, found: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    bad = {field for field, _ in reading.problems}
    for name in needed:
        if found[name] is None and name not in bad:
            reading.refuse(name, "is missing")


def _check_counts(reading: Reading, counts: dict[str, int | None]) -> None:
    for name, count in counts.items():
        if count is not None and not 0 <= count <= MOST_HOUSEHOLDS:
            reading.refuse(name, f"must be between 0 and {MOST_HOUSEHOLDS}")
    if None not in counts.values() and counts["refusing_households"] > counts["households"]:
        reading.refuse("refusing_households", "must not be more than households")
