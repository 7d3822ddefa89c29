"""Mappings by name: saved by staff, or shipped with the platform as JSON beside this file."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from campaigns.models import ImportKind, ImportMapping

from . import values
from .area_rows import NEEDED as AREAS_NEEDED
from .area_rows import STREETS_NEEDED
from .errors import ImportRefused
from .schema import check

NEEDED: dict[str, tuple[str, ...]] = {ImportKind.AREAS: AREAS_NEEDED, ImportKind.STREETS: STREETS_NEEDED}
SHIPPED = Path(__file__).parent / "shipped"


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Shipped mappings by name, each with its kind and definition."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))}


def get(name: str) -> ImportMapping:
    """The mapping of this name; a shipped one is saved when it is first asked for. Raises ImportRefused."""
    found = ImportMapping.objects.filter(name=name).first()
    if found is None and name in shipped():
        found, _ = ImportMapping.objects.get_or_create(name=name, defaults=shipped()[name])
    if found is None:
        known = sorted({*shipped(), *ImportMapping.objects.values_list("name", flat=True)})
        raise ImportRefused(f"there is no mapping {name!r}, only {', '.join(known)}")
    return found


def save_shipped() -> None:
    """Have every shipped mapping in the database, for staff to choose from; what staff changed stays."""
    for name in shipped():
        get(name)


def save(*, name: str, kind: str, definition: dict[str, Any]) -> ImportMapping:
    """Save a mapping under its name. Raises ImportRefused when it is wrong."""
    check(definition, kind=kind)
    mapping, _ = ImportMapping.objects.update_or_create(name=name, defaults={"kind": kind, "definition": definition})
    return mapping


def needed(definition: dict[str, Any], *, kind: str) -> set[str]:
    """The columns that a file must have: all that the mapping reads, of areas and streets those without which none is one."""
    if kind not in NEEDED:
        return columns(definition)
    fields = definition["fields"]
    return {column for name in NEEDED[kind] for column in values.columns(fields[name])}


def columns(definition: dict[str, Any]) -> set[str]:
    """Every column that a mapping reads."""
    specs = [definition.get("customer_number")]
    specs += [item["value"] for key in ("identifiers", "hashes") for item in definition.get(key, ())]
    for group in ("fields", "attributes", "address"):
        specs += definition.get(group, {}).values()
    for item in (*definition.get("consents", ()), *definition.get("objections", ())):
        specs += [item.get(key) for key in ("if", "given_at", "text_version")]
    for item in definition.get("events", ()):
        specs += item.get("attributes", {}).values()
        specs += [value for key, value in item.items() if key != "attributes"]
    return {column for spec in specs if spec is not None for column in values.columns(spec)}
