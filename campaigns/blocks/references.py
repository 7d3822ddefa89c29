"""What blocks name elsewhere: audiences of conditions, and offers, testimonials and products, of which their rooms tell here.

    references.register(Kind.OFFER, check=offers.check_slug, fields=offers.block_fields)

`check(value, path)` raises ContentError for what does not exist or may not be used when a content is saved. `fields(value)`
gives what the named thing says now as fields of the block (of a product: of its row), beneath what the block itself says,
or None where it must not be shown any more: then the block is left out (of products the row, and the block without any). A field in another language is called text@en. Of pictures it
tells how they are cut. Each process asks at most
every few seconds, so that is how late it may be.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .. import conditions
from ..content_error import ContentError
from .overrides import layers
from .types import BLOCK_TYPES, Kind

Block = Mapping[str, Any]
Check = Callable[[str, str], None]
Fields = Callable[[str], Mapping[str, str] | None]
Named = tuple[Kind, str]
Said = tuple[tuple[str, str], ...] | None
Told = tuple[tuple[Kind, str, Said], ...]


@dataclass(frozen=True)
class Source:
    check: Check
    fields: Fields


SOURCES: dict[Kind, Source] = {}
MOST_KEPT = 1000
KEPT: dict[Named, tuple[float, Said]] = {}  # until when what was said holds
NAMING = {
    type_: {
        name: field.kind for name, field in block_type.fields.items() if field.kind in (Kind.OFFER, Kind.TESTIMONIAL)
    }
    for type_, block_type in BLOCK_TYPES.items()
}
SHOWING = {
    type_: [name for name, field in block_type.fields.items() if field.kind == Kind.IMAGE]
    for type_, block_type in BLOCK_TYPES.items()
}
HOLDING_ROWS = {
    type_: [name for name, field in block_type.fields.items() if field.kind in (Kind.PRODUCTS, Kind.ROWS)]
    for type_, block_type in BLOCK_TYPES.items()
}


def register(kind: Kind, *, check: Check, fields: Fields) -> None:
    SOURCES[kind] = Source(check, fields)


def check(kind: Kind, value: str, path: str) -> None:
    """Raises ContentError for what its room does not know."""
    if kind in SOURCES:
        SOURCES[kind].check(value, path)


def told(blocks: Sequence[Block]) -> Told:
    """What all that blocks name says, also for channels and languages: part of what a compiled content depends on."""
    naming = {one for block in blocks for one in names(block)}
    found = {(kind, value): _said(kind, value) for kind, value in naming if kind in SOURCES}
    if Kind.IMAGE in SOURCES:
        pictures = {
            *_pictures(blocks),
            *(dict(said)["source"] for said in found.values() if said and "source" in dict(said)),
        }
        found |= {(Kind.IMAGE, source): _said(Kind.IMAGE, source) for source in pictures}
    return tuple((kind, value, said) for (kind, value), said in sorted(found.items()))


def _pictures(blocks: Sequence[Block]) -> Iterator[str]:
    """Those that blocks and their rows show: how they are cut is laid out with the content."""
    for block in blocks:
        for layer in layers(block):
            yield from (layer[name] for name in SHOWING[block["type"]] if layer.get(name))
            yield from (row["source"] for row, _ in placed_rows(block["type"], layer) if row.get("source"))


def said_by(told: Told) -> dict[Named, Said]:
    return {(kind, value): said for kind, value, said in told}


def resolve(blocks: Sequence[Block], told: Told, language: str = "") -> list[Block]:
    """Blocks of a channel with what they name filled in; without those that name what must not be shown any more."""
    said = said_by(told)
    return [made for block in blocks if (made := _resolved(block, said, language)) is not None]


def named(type_: str, layer: Block) -> Iterator[Named]:
    for name, kind in NAMING[type_].items():
        if layer.get(name) not in (None, ""):
            yield kind, str(layer[name])


def placed_rows(type_: str, layer: Block) -> Iterator[tuple[Block, str]]:
    """Rows of products that are the same for all, each with its path."""
    for name in HOLDING_ROWS[type_]:
        rows = layer.get(name)
        for n, row in enumerate(rows if isinstance(rows, list) else ()):
            yield row, f"{name}[{n}]"


def names(block: Block) -> Iterator[Named]:
    """All that the block names, its rows, languages and channels included."""
    for layer in layers(block):
        yield from named(block["type"], layer)
        for row, _ in placed_rows(block["type"], layer):
            yield from _of_row(row)


def _of_row(row: Block) -> list[Named]:
    return [(Kind.PRODUCT, row["product"])] if row.get("product") else []


def filled_rows(type_: str, layer: Block, said: Mapping[Named, Said], language: str) -> dict[str, list[dict[str, Any]]]:
    """Lists of rows in which products say what their rows do not, by the fields that hold them."""
    return {
        name: [beneath(_of_row(row), said, language) | {key: own for key, own in row.items() if own} for row in rows]
        for name in HOLDING_ROWS[type_]
        if isinstance(rows := layer.get(name), list) and any(map(_of_row, rows))
    }


def beneath(naming: Iterable[Named], said: Mapping[Named, Said], language: str) -> dict[str, str]:
    """What named things say as fields of a block, in this language where they have it."""
    made: dict[str, str] = {}
    for name, value in (one for each in naming for one in said.get(each) or ()):  # in order: text before text@en
        field, _, only = name.partition("@")
        if only in ("", language):
            made[field] = value
    return made


def missing_audiences(blocks: Sequence[Block]) -> Iterator[ContentError]:
    """One lookup, and none where no condition names an audience."""
    named = conditions.audiences(blocks)
    if not named:
        return
    from ..models import Audience  # blocks are read where no database is

    gone = named - set(Audience.objects.filter(pk__in=named).values_list("pk", flat=True))
    for n, block in enumerate(blocks):
        for id_ in sorted(conditions.audiences([block]) & gone):
            yield ContentError(f"blocks[{n}].only_if", f"there is no audience {id_}")


def with_said(block: Block, said: Mapping[Named, Said], language: str) -> dict[str, Any]:
    """A block of a channel, with what the things that it names say beneath what it says itself."""
    own = {name: value for name, value in block.items() if value not in (None, "")}
    return (
        beneath(named(block["type"], block), said, language) | own | filled_rows(block["type"], block, said, language)
    )


def _resolved(block: Block, said: Mapping[Named, Said], language: str) -> Block | None:
    if any(said[one] is None for one in named(block["type"], block) if one in said):
        return None
    made = with_said(block, said, language)
    made |= _shown_rows(made, said)
    return made if _says_something(made) else None


def _shown_rows(block: Block, said: Mapping[Named, Said]) -> dict[str, list[Block]]:
    """Lists that name products, without those that must not be shown."""
    gone = {one[1] for one, told in said.items() if one[0] == Kind.PRODUCT and told is None}
    lists = {name: block.get(name) for name in HOLDING_ROWS[block["type"]]}
    return {
        name: [row for row in rows if row.get("product") not in gone]
        for name, rows in lists.items()
        if isinstance(rows, list) and any(map(_of_row, rows))
    }


def _says_something(block: Block) -> bool:
    """Whether there is more than the name of something about which nobody tells."""
    if block["type"] == "product_list" and not block.get("products"):
        return False
    needed = [name for name in BLOCK_TYPES[block["type"]].any_of if name not in NAMING[block["type"]]]
    return not needed or any(block.get(name) for name in needed)


def _said(kind: Kind, value: str) -> Said:
    """As it was a moment ago, or now."""
    now = time.monotonic()
    if len(KEPT) > MOST_KEPT:
        KEPT.clear()
    until, said = KEPT.get((kind, value), (0.0, None))
    if until <= now:
        fields = SOURCES[kind].fields(value)
        said = None if fields is None else tuple(sorted(fields.items()))
        KEPT[kind, value] = (now + settings.NAMED_KEPT_SECONDS, said)
    return said
