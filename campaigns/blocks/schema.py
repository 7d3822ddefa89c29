"""The JSON schema of a content's blocks, for the editor in the admin; made from the declarations."""

from collections.abc import Mapping, Sequence
from typing import Any

from .types import BLOCK_TYPES, COUPON_PATTERN, DATE_PATTERN, ID_PATTERN, MOST_BLOCKS, BlockField, BlockType, Kind

PATTERNS = {Kind.COUPON: COUPON_PATTERN, Kind.DATE: DATE_PATTERN, Kind.URL: r"^https?://[^\s]+$"}
EDITORS = {Kind.MARKDOWN: "textarea", Kind.DATE: "date"}


def schema(channels: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
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


def _block(name: str, block_type: BlockType, channels: Sequence[tuple[str, str]]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "type": {"type": "string", "title": "Type", "enum": [name], "default": name},
        "id": {"type": "string", "title": "Id, stays the same for ever: links lead to it", "pattern": ID_PATTERN},
        **_fields(block_type.fields),
    }
    if channels:
        properties["overrides"] = _overrides(block_type, channels)
    required = [field_name for field_name, field in block_type.fields.items() if field.required]
    return {
        "title": block_type.label,
        "type": "object",
        "properties": properties,
        "required": ["type", "id", *required],
        "additionalProperties": False,
    }


def _overrides(block_type: BlockType, channels: Sequence[tuple[str, str]]) -> dict[str, Any]:
    hidden = {"type": "boolean", "title": "Leave out"}
    one = {
        "type": "object",
        "properties": {"hidden": hidden, **_fields(block_type.fields)},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": "Otherwise on",
        "properties": {name: one | {"title": label} for name, label in channels},
        "additionalProperties": False,
    }


def _fields(fields: Mapping[str, BlockField]) -> dict[str, Any]:
    return {name: _field(field) for name, field in fields.items()}


def _field(field: BlockField) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "string", "title": field.label, "maxLength": field.longest}
    if field.required:
        described["minLength"] = 1
    if pattern := PATTERNS.get(field.kind):
        # Editors send empty text for what was not filled in.
        described["pattern"] = pattern if field.required else rf"^$|{pattern}"
    if editor := EDITORS.get(field.kind):
        described["format"] = editor
    return described
