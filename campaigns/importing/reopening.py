"""A saved mapping shown again as what each column means, so that it can be changed and saved; the inverse of composing.

What somebody refined by hand is kept as it is where its column keeps its meaning. A mapping that says what no column alone
says is refused, by the place where it does, rather than half shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.models import ImportKind

from . import composing, looking
from .composing import CONSTANTS, DATED, FORBIDDEN, LONGEST_NAME, Choices
from .errors import ImportRefused
from .looking import Look
from .targets import Target

DECIDED = frozenset(
    [
        "source",
        "encoding",
        "decimal",
        "customer_number",
        "identifiers",
        "hashes",
        "fields",
        "address",
        "attributes",
        "consents",
        "objections",
        "events",
        "statistics",
    ]
)
KINDS_OF_NUMBER = {"integer": "number", "cents": "number", "datetime": "date"}  # as the form names them
NAMED = 5
Place = tuple[str, Any]  # a target, and the value that the mapping has there; None for what no column can say


@dataclass(frozen=True)
class Reopened:
    """`values`: how the mapping reads a column for a target. `rest`: what it says besides, which stays."""

    choices: Choices
    values: Mapping[tuple[str, str], Any]
    rest: Mapping[str, Any]


def reopen(definition: Mapping[str, Any], *, kind: str, among: Iterable[Target]) -> Reopened:
    """Raises ImportRefused naming what a form of columns cannot show."""
    known = {one.key for one in among}
    constants: dict[str, Any] = {}
    values: dict[tuple[str, str], Any] = {}
    unsaid = []
    for key, value in _places(definition, kind):
        column = value if isinstance(value, str) else (value or {}).get("column")
        if key in CONSTANTS and isinstance(value, dict) and set(value) == {"constant"}:
            constants[key] = value["constant"]
        elif column is None or key not in known or any(column == used for _, used in values):
            unsaid.append(key)
        else:
            values[key, column] = value
    if unsaid:
        more = f" and {len(unsaid) - NAMED} more" if len(unsaid) > NAMED else ""
        raise ImportRefused(f"it says what this form cannot: {', '.join(unsaid[:NAMED])}{more}; change it as JSON")
    choices = Choices(
        kind=kind,
        source=definition.get("source", "file"),
        targets={column: key for key, column in values},
        dates=_dates(values),
        decimal=definition.get("decimal", "."),
        constants=constants,
    )
    return Reopened(choices, values, {key: value for key, value in definition.items() if key not in DECIDED})


def composed(choices: Choices, look: Look, among: list[Target], saved: Reopened | None) -> dict[str, Any]:
    """The definition of a mapping, with what the saved one says besides. Raises Contradiction."""
    if saved is None:
        return composing.compose(choices, look, among)
    is_dated = choices.dates == saved.choices.dates
    kept = {place: value for place, value in saved.values.items() if is_dated or not _is_date(place[0])}
    return {**saved.rest, **composing.compose(choices, look, among, saved=kept)}


def _places(definition: Mapping[str, Any], kind: str) -> Iterator[Place]:
    if "customer_number" in definition:
        yield "customer_number", definition["customer_number"]
    for group in ("identifiers", "hashes"):
        yield from ((f"{group}.{item['kind']}", item["value"]) for item in definition.get(group, ()))
    yield from ((f"fields.{name}", value) for name, value in definition.get("fields", {}).items())
    yield from _of_address(definition.get("address", {}))
    yield from _of_attributes(definition.get("attributes", {}))
    for item in definition.get("consents", ()):
        yield f"consents.{item['channel']}", item["given_at"] if set(item) == {"channel", "given_at"} else None
    yield from map(_of_objection, definition.get("objections", ()))
    if kind == ImportKind.AREAS:
        yield from _of_statistics(definition.get("statistics"))
    if kind == ImportKind.EVENTS:
        yield from _of_events(definition["events"])


def _of_address(address: Mapping[str, Any]) -> Iterator[Place]:
    """Street and house number are put together of two columns."""
    for name, value in address.items():
        parts = value.get("join", ()) if isinstance(value, dict) and set(value) == {"join"} else ()
        if name == "street" and len(parts) == 3 and parts[1] == {"constant": " "}:
            yield "address.street", parts[0]
            yield "address.number", parts[2]
        else:
            yield f"address.{name}", value


def _of_attributes(attributes: Mapping[str, Any]) -> Iterator[Place]:
    """Those that have a name of their own, and those that are called as their column."""
    for name, value in attributes.items():
        column = value if isinstance(value, str) else value.get("column", "")
        as_ = "text" if isinstance(value, str) else value.get("as", "text")
        is_called_so = name == FORBIDDEN.sub(" ", column).strip()[:LONGEST_NAME]
        yield f"attributes.{KINDS_OF_NUMBER.get(as_, as_) if is_called_so else name}", value


def _of_objection(item: Mapping[str, Any]) -> Place:
    """A column that says yes to advertising is told by what its yes becomes."""
    value = item["if"] if set(item) == {"if"} else None
    words = value.get("map", {}) if isinstance(value, dict) else {}
    is_allowed = any(words.get(yes) is False for yes in ("ja", "yes", "j", "y", "1", "true"))
    return f"objections.{'allowed' if is_allowed else 'refused'}", value


def _of_statistics(statistics: Any) -> Iterator[Place]:
    """Without any word of them, or with "others", every further column is one."""
    if not isinstance(statistics, dict):
        yield "statistics", None
        return
    for name, value in statistics.items():
        column = value if isinstance(value, str) else value.get("column", "")
        yield "statistics", value if name == FORBIDDEN.sub(" ", column).strip()[:LONGEST_NAME] else None


def _of_events(events: list[Mapping[str, Any]]) -> Iterator[Place]:
    if len(events) > 1:
        yield "events", None
        return
    for name, value in events[0].items():
        if name == "attributes":
            yield from _of_attributes(value)
        else:
            yield f"events.{name}", value


def _is_date(key: str) -> bool:
    return key in DATED or key.startswith("consents.")


def _dates(values: Mapping[tuple[str, str], Any]) -> str:
    """As the first column of dates is written; one that is written as no other stays as the mapping has it."""
    for (key, _), value in values.items():
        if _is_date(key):
            formats = value.get("format", []) if isinstance(value, dict) else []
            days = [formats] if isinstance(formats, str) else formats
            for name, (_, _, day) in looking.DATES.items():
                if day and day in days:
                    return name
    return "iso"
