"""The JSON schema of a content's blocks, for the editor in the admin; made from the declarations."""

from collections.abc import Mapping, Sequence
from typing import Any

from .. import conditions, languages
from .types import (
    ATTRIBUTE_PATTERN,
    BLOCK_TYPES,
    COUPON_PATTERN,
    DATE_PATTERN,
    ID_PATTERN,
    MOST_BLOCKS,
    MOST_PRODUCTS,
    NUMBER_PATTERN,
    ROW,
    ROW_ANY_OF,
    SLUG_PATTERN,
    STORE_PATTERN,
    BlockField,
    BlockType,
    Kind,
)

PATTERNS = {
    Kind.COUPON: COUPON_PATTERN,
    Kind.DATE: DATE_PATTERN,
    Kind.URL: r"^https?://[^\s]+$",
    Kind.OFFER: SLUG_PATTERN,
    Kind.STORE: STORE_PATTERN,
}
EDITORS = {Kind.MARKDOWN: "textarea", Kind.DATE: "date"}
Json = dict[str, Any]


def schema(channels: Sequence[tuple[str, str]] = ()) -> Json:
    """`channels` (name, label) are those for which blocks may be overridden; without any, no overrides are offered."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Blocks",
        "type": "array",
        "maxItems": MOST_BLOCKS,
        "items": {
            "title": "Block",
            "oneOf": [_block(name, block_type, channels) for name, block_type in BLOCK_TYPES.items()],
        },
    }


def _block(name: str, block_type: BlockType, channels: Sequence[tuple[str, str]]) -> Json:
    properties: Json = {
        "type": {"type": "string", "title": "Type", "enum": [name], "default": name},
        "id": {"type": "string", "title": "Id, stays the same for ever: links lead to it", "pattern": ID_PATTERN},
        **_fields(block_type.fields),
        "languages": _languages(block_type, channels),
        "only_if": _only_if(),
    }
    if channels:
        properties["overrides"] = _overrides(block_type, channels)
    required = [field_name for field_name, field in block_type.fields.items() if field.required]
    made = _object(block_type.label, properties, required=("type", "id", *required))
    if block_type.any_of:
        made["anyOf"] = [{"required": [field_name]} for field_name in block_type.any_of]
    return made


def _overrides(block_type: BlockType, channels: Sequence[tuple[str, str]]) -> Json:
    one = _object("", {"hidden": {"type": "boolean", "title": "Leave out"}, **_fields(block_type.fields)})
    return _object("Otherwise on", {name: one | {"title": label} for name, label in channels})


def _languages(block_type: BlockType, channels: Sequence[tuple[str, str]]) -> Json:
    own = _fields(block_type.fields)
    if channels:
        own["overrides"] = _overrides(block_type, channels)
    others = {name: label for name, label in languages.LANGUAGES.items() if name != languages.own()}
    return _object("In other languages", {name: _object(label, own) for name, label in others.items()})


def _only_if() -> Json:
    """Shown only to some."""
    group = {"type": "array", "minItems": 1, "maxItems": conditions.MOST_CONDITIONS, "items": _condition()}
    alternatives = [_object(f"If {name} hold", {name: group}, required=(name,)) for name in conditions.GROUPS]
    return {"title": "Only if", "oneOf": [_object("Always", {}), *alternatives]}


def _condition() -> Json:
    fields = "|".join(conditions.FIELDS)
    comparison = {
        "field": {"type": "string", "pattern": rf"^({fields}|{conditions.ATTRIBUTE.pattern})$"},
        "is": {"type": "string", "enum": list(conditions.VERBS)},
        "values": {
            "type": "array",
            "maxItems": conditions.MOST_VALUES,
            "items": {"type": ["string", "number", "boolean"]},
        },
    }
    return {
        "oneOf": [
            _object("Known about the person", comparison, required=("field", "is")),
            *(
                _object(label, {name: {"type": "integer", "minimum": 1}}, required=(name,))
                for name, label in zip(conditions.AUDIENCES, ("In an audience", "Not in an audience"), strict=True)
            ),
        ]
    }


def _fields(fields: Mapping[str, BlockField]) -> Json:
    return {name: _field(field) for name, field in fields.items()}


def _field(field: BlockField) -> Json:
    match field.kind:
        case Kind.ROWS:
            return _rows() | {"title": field.label}
        case Kind.PRODUCTS:
            named = {"type": "string", "pattern": ATTRIBUTE_PATTERN}
            return {"title": field.label, "oneOf": [named, _rows() | ({"minItems": 1} if field.required else {})]}
        case Kind.TESTIMONIAL:
            number = {"type": "integer", "minimum": 1}
            return {"title": field.label, "oneOf": [number, {"type": "string", "pattern": rf"^$|{NUMBER_PATTERN}"}]}
    return _text(field)


def _rows() -> Json:
    return {
        "type": "array",
        "maxItems": MOST_PRODUCTS,
        "items": _object("Product", _fields(ROW)) | {"anyOf": [{"required": [name]} for name in ROW_ANY_OF]},
    }


def _text(field: BlockField) -> Json:
    described: Json = {"type": "string", "title": field.label, "maxLength": field.longest}
    if field.required:
        described["minLength"] = 1
    if pattern := PATTERNS.get(field.kind):
        # Editors send empty text for what was not filled in.
        described["pattern"] = pattern if field.required else rf"^$|{pattern}"
    if editor := EDITORS.get(field.kind):
        described["format"] = editor
    return described


def _object(title: str, properties: Json, *, required: Sequence[str] = ()) -> Json:
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
