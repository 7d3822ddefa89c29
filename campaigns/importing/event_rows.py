"""A row of a file of events becomes rows of the staging tables; one row may tell several events."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from campaigns.models import EventKind

from .convert import Notation
from .errors import RowError
from .reading import Reading, Staged, Who, attributes_of, notation_of, plain, read_attributes, staged_identifiers
from .values import Cells, compiled

TYPES = {"is_online": "boolean", "occurred_at": "datetime", "value_cents": "cents", "if": "boolean"}
LONGEST = {"kind": 20, "medium": 20, "source_key": 80}


class EventRows:
    """Checks rows of events by a mapping; one row may tell several events."""

    def __init__(self, definition: dict[str, Any]) -> None:
        notation = notation_of(definition)
        self.who = Who(definition, notation)
        self.events = [_event(item, notation) for item in definition["events"]]

    def check(self, row: int, cells: Cells) -> Staged:
        """What to stage for a row. Raises RowError with everything that is wrong with it."""
        reading = Reading(row, cells)
        number, identifiers = self.who.read(reading)
        if not number and not identifiers and not reading.problems:
            reading.refuse("customer_number", "is missing, and there is no identifier either")
        whose = json.dumps([number, *identifiers])
        events = [found for event in self.events if (found := event(reading, whose))]
        if reading.problems:
            raise RowError(reading.problems)
        staged: Staged = [("import_row", (row, row, number))]
        return staged + staged_identifiers(row, identifiers) + [("import_event", event) for event in events]


def _event(spec: dict[str, Any], notation: Notation) -> Callable[[Reading, str], tuple | None]:
    """A function from a reading to a row of event, or None where the condition does not hold."""
    getters = {
        name: compiled(value, as_=TYPES.get(name, "text"), notation=notation, longest=LONGEST.get(name, 0))
        for name, value in spec.items()
        if name != "attributes"
    }
    attributes = attributes_of(spec, notation)

    def read(reading: Reading, whose: str) -> tuple | None:
        if "if" in getters and not reading.value("if", getters["if"]):
            return None
        found = {name: reading.value(name, getter) for name, getter in getters.items()}
        known = read_attributes(reading, attributes, "attributes")
        _refuse_unknown(reading, found)
        if reading.problems:
            return None
        told = [found["kind"], found["medium"], found["is_online"], found["occurred_at"], found.get("value_cents") or 0]
        content = None if found.get("source_key") else _content_key(whose, told, known)
        return reading.row, *told, found.get("source_key"), content, known

    return read


def _refuse_unknown(reading: Reading, found: dict[str, Any]) -> None:
    bad = {field for field, _ in reading.problems}
    for name in ("kind", "medium", "is_online", "occurred_at"):
        if found[name] is None and name not in bad:
            reading.refuse(name, "is missing")
    if found["kind"] is not None and found["kind"] not in EventKind.values:
        reading.refuse("kind", f"must be one of {', '.join(EventKind.values)}")


def _content_key(whose: str, told: list[Any], attributes: dict[str, Any]) -> str:
    """The same event, told again by another file, has the same key."""
    written = json.dumps([whose, *map(plain, told), attributes], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:40]
