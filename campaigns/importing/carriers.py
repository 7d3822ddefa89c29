"""Mappings of carriers: a usual one, or another, for the files of one carrier; saved under its name for the next time."""

from pathlib import Path

from campaigns.models import ImportKind, ImportMapping

from . import mappings
from .errors import ImportRefused

LONGEST = 60


def usual(file: Path, kind: str) -> str:
    """The name of the shipped mapping for a file of areas or streets."""
    if kind == ImportKind.STREETS:
        return "area_streets"
    return "delivery_areas_geojson" if file.suffix.lower() in (".geojson", ".json") else "delivery_areas"


def mapping(name: str, *, carrier: str = "", is_part: bool = False) -> ImportMapping:
    """The mapping of this name, read as one of this carrier's files or as a part of its areas. Raises ImportRefused."""
    base = mappings.get(name)
    if base.kind not in (ImportKind.AREAS, ImportKind.STREETS) or not (carrier or is_part):
        return base
    if len(carrier) > LONGEST or not carrier.isprintable():
        raise ImportRefused(f"carrier must be at most {LONGEST} printable characters")
    definition = dict(base.definition)
    if carrier:
        definition["fields"] = definition["fields"] | {"carrier": {"constant": carrier}}
    if is_part and base.kind == ImportKind.AREAS:
        definition["covers"] = "part"
    ending = f" of {carrier}" * bool(carrier) + " (part)" * is_part
    return mappings.save(name=f"{name[: 80 - len(ending)]}{ending}", kind=base.kind, definition=definition)
