"""What a mapping may say, as JSON Schema; docs/importing.md explains it with examples."""

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from campaigns.identity import NORMALISERS
from campaigns.models import Ground, ImportKind

from .area_rows import FIELDS as AREA_FIELDS
from .area_rows import NEEDED as AREAS_NEEDED
from .area_rows import OTHERS, STREET_FIELDS, STREETS_NEEDED
from .customer_rows import FIELDS
from .errors import ImportRefused
from .opt_out_rows import KINDS as OPT_OUT_KINDS
from .values import ORIGINS

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15"]
CONVERSIONS = ["text", "cents", "number", "integer", "boolean", "date", "datetime", "months_before"]
NAME = {"type": "string", "pattern": "^[a-z_]{1,20}$"}
ATTRIBUTE = re.compile(r"\.attributes\.[^.\[\]]+$")
VALUE = {"$ref": "#/$defs/value"}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _by_name(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": item, "propertyNames": {"pattern": r"^[^.\[\]]{1,60}$"}}


COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
WRITTEN_VALUE = _object(
    column={"type": "string", "minLength": 1},
    constant={"type": ["string", "number", "boolean"]},
    row=_object(digits={"type": "integer", "minimum": 0, "maximum": 20}, modulo=COUNT),
    choose={"type": "array", "minItems": 1},
    join={"type": "array", "minItems": 1, "items": VALUE},
    map={
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    },
    default={"type": ["string", "number", "boolean"]},
    format={"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
    until={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    part={"type": "array", "prefixItems": [COUNT, COUNT], "minItems": 2, "maxItems": 2},
    **{"as": {"enum": CONVERSIONS}},
) | {"oneOf": [{"required": [origin]} for origin in ORIGINS]}
DEFINITIONS = {"value": {"anyOf": [{"type": "string", "minLength": 1}, WRITTEN_VALUE]}}
IDENTIFIERS = _list_of(_object(("kind", "value"), kind={"enum": list(NORMALISERS)}, value=VALUE))
FILE = {
    "description": {"type": "string"},
    "source": {"type": "string", "pattern": r"^[\w .-]{1,40}$"},
    "format": {"enum": ["csv", "jsonl", "xlsx"]},
    "encoding": {"enum": ENCODINGS},
    "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
    "sheet": {"type": "string", "minLength": 1},
    "decimal": {"enum": [".", ","]},
    "time_zone": {"type": "string"},
    "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "customer_number": VALUE,
    "identifiers": IDENTIFIERS,
}
CUSTOMERS = _object(
    ("source",),
    **FILE,
    fields=_object(**dict.fromkeys(FIELDS, VALUE)),
    attributes=_by_name(VALUE),
    address=_object(
        ("street", "postcode", "city"),
        street=VALUE,
        postcode=VALUE,
        city=VALUE,
        country=VALUE,
        latitude=VALUE,
        longitude=VALUE,
    ),
    consents=_list_of(
        _object(
            ("channel", "given_at"),
            channel=NAME,
            purpose=NAME,
            ground={"enum": Ground.values},
            text_version=VALUE,
            proof={"type": "object"},
            given_at=VALUE,
            **{"if": VALUE},
        )
    ),
    objections=_list_of(_object(("if",), channel={"anyOf": [NAME, {"const": ""}]}, **{"if": VALUE})),
    delivery_areas=_list_of(
        _object(
            ("code", "postcode", "place", "households"),
            code={"type": "string", "minLength": 1, "maxLength": 40},
            carrier={"type": "string", "maxLength": 60, "pattern": "^[^:]*$"},
            postcode={"type": "string", "minLength": 1, "maxLength": 12},
            place={"type": "string", "minLength": 1, "maxLength": 120},
            region={"type": "string", "maxLength": 80},
            households={"type": "integer", "minimum": 0},
            refusing_households={"type": "integer", "minimum": 0},
        )
    ),
)
EVENTS = _object(
    ("source", "events"),
    **FILE,
    events=_list_of(
        _object(
            ("kind", "medium", "is_online", "occurred_at"),
            kind=VALUE,
            medium=VALUE,
            is_online=VALUE,
            occurred_at=VALUE,
            value_cents=VALUE,
            source_key=VALUE,
            attributes=_by_name(VALUE),
            **{"if": VALUE},
        )
    )
    | {"minItems": 1},
)
PLAIN_FILE = {
    name: FILE[name] for name in ("description", "source", "encoding", "delimiter", "sheet", "decimal", "country")
} | {"format": {"enum": ["csv", "jsonl", "xlsx", "geojson"]}}
AREAS = _object(
    ("fields",),
    **PLAIN_FILE,
    covers={"enum": ["all", "part"]},
    fields=_object(AREAS_NEEDED, **dict.fromkeys(AREA_FIELDS, VALUE) | {"outline": {"type": "string", "minLength": 1}}),
    statistics={"anyOf": [{"const": OTHERS}, _by_name(VALUE)]},
)
STREETS = _object(("fields",), **PLAIN_FILE, fields=_object(STREETS_NEEDED, **dict.fromkeys(STREET_FIELDS, VALUE)))
OPT_OUTS = _object(
    ("source",),
    **{name: FILE[name] for name in ("description", "source", "format", "encoding", "delimiter", "sheet", "country")},
    identifiers=_list_of(_object(("kind", "value"), kind={"enum": list(OPT_OUT_KINDS)}, value=VALUE)),
    hashes=_list_of(_object(("kind", "value"), kind={"enum": list(OPT_OUT_KINDS)}, value=VALUE)),
    fields=_object(("last_name",), first_name=VALUE, last_name=VALUE),
    address=_object(("street", "postcode", "city"), street=VALUE, postcode=VALUE, city=VALUE, country=VALUE),
) | {
    "anyOf": [{"required": ["identifiers"]}, {"required": ["hashes"]}, {"required": ["address"]}],
    "dependentRequired": {"address": ["fields"], "fields": ["address"]},
}
SCHEMAS: dict[str, dict[str, Any]] = {
    ImportKind.CUSTOMERS: CUSTOMERS | {"$defs": DEFINITIONS},
    ImportKind.EVENTS: EVENTS | {"$defs": DEFINITIONS},
    ImportKind.AREAS: AREAS | {"$defs": DEFINITIONS},
    ImportKind.STREETS: STREETS | {"$defs": DEFINITIONS},
    ImportKind.OPT_OUTS: OPT_OUTS | {"$defs": DEFINITIONS},
}


def check(definition: Any, *, kind: str) -> None:
    """Raises ImportRefused naming the place and the reason."""
    error = best_match(Draft202012Validator(SCHEMAS[kind]).iter_errors(definition))
    if error:
        raise ImportRefused(f"the mapping is wrong at {error.json_path}: {error.message[:300]}")
    is_about_people = kind in (ImportKind.CUSTOMERS, ImportKind.EVENTS)
    if is_about_people and not (
        definition.get("customer_number") or definition.get("identifiers") or definition.get("address")
    ):
        raise ImportRefused("the mapping names neither a customer_number nor an identifier nor an address")
    if definition.get("time_zone", "UTC") not in available_timezones():
        raise ImportRefused(f"the mapping is wrong at $.time_zone: there is no zone {definition['time_zone']!r}")
    for place, value in _values(definition, "$"):
        _check_value(place, value)


def _values(node: Any, place: str) -> list[tuple[str, dict[str, Any]]]:
    """Every object that looks like a value, wherever it stands."""
    if isinstance(node, list):
        return [found for n, item in enumerate(node) for found in _values(item, f"{place}[{n}]")]
    if not isinstance(node, dict):
        return []
    own = [(place, node)] if any(origin in node for origin in ORIGINS) else []
    return own + [found for key, item in node.items() for found in _values(item, f"{place}.{key}")]


def _check_value(place: str, value: dict[str, Any]) -> None:
    """What a schema cannot say."""
    as_ = value.get("as")
    is_time = place.endswith((".occurred_at", ".given_at"))
    if as_ and not (is_time if as_ == "months_before" else ATTRIBUTE.search(place)):
        raise ImportRefused(f"the mapping is wrong at {place}.as: this is always read as what it is, it may not say")
    if "part" in value and not place.endswith(".value_cents"):
        raise ImportRefused(f"the mapping is wrong at {place}.part: only value_cents has parts")
    if (as_ == "months_before") != ("until" in value):
        raise ImportRefused(f"the mapping is wrong at {place}: months_before and until belong together")
    if "until" in value:
        _check_day(place, value["until"])
    if "part" in value and value["part"][0] > value["part"][1]:
        raise ImportRefused(f"the mapping is wrong at {place}.part: there is no such part")


def _check_day(place: str, written: str) -> None:
    try:
        date.fromisoformat(written)
    except ValueError as error:
        raise ImportRefused(f"the mapping is wrong at {place}.until: is not a date") from error
