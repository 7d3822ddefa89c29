"""Blocks with what they name filled in, and without those that name what must not be shown any more."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .naming import HOLDING_ROWS, NAMING, Block, Named, named, of_row
from .references import Said, Told, said_by
from .types import BLOCK_TYPES, Kind


def resolve(blocks: Sequence[Block], told: Told, language: str = "") -> list[Block]:
    """Blocks of a channel with what they name filled in; without those that name what must not be shown any more."""
    said = said_by(told)
    return [made for block in blocks if (made := _resolved(block, said, language)) is not None]


def _resolved(block: Block, said: Mapping[Named, Said], language: str) -> Block | None:
    if any(said[one] is None for one in named(block["type"], block) if one in said):
        return None
    made = with_said(block, said, language)
    made |= _shown_rows(made, said)
    return made if _says_something(made) else None


def with_said(block: Block, said: Mapping[Named, Said], language: str) -> dict[str, Any]:
    """A block of a channel, with what the things that it names say beneath what it says itself."""
    own = {name: value for name, value in block.items() if value not in (None, "")}
    return (
        beneath(named(block["type"], block), said, language) | own | filled_rows(block["type"], block, said, language)
    )


def beneath(naming: Iterable[Named], said: Mapping[Named, Said], language: str) -> dict[str, str]:
    """What named things say as fields of a block, in this language where they have it."""
    made: dict[str, str] = {}
    for name, value in (one for each in naming for one in said.get(each) or ()):  # in order: text before text@en
        field, _, only = name.partition("@")
        if only in ("", language):
            made[field] = value
    return made


def filled_rows(type_: str, layer: Block, said: Mapping[Named, Said], language: str) -> dict[str, list[dict[str, Any]]]:
    """Lists of rows in which products say what their rows do not, by the fields that hold them."""
    return {
        name: [beneath(of_row(row), said, language) | {key: own for key, own in row.items() if own} for row in rows]
        for name in HOLDING_ROWS[type_]
        if isinstance(rows := layer.get(name), list) and any(map(of_row, rows))
    }


def _shown_rows(block: Block, said: Mapping[Named, Said]) -> dict[str, list[Block]]:
    """Lists that name products, without those that must not be shown."""
    gone = {one[1] for one, told in said.items() if one[0] == Kind.PRODUCT and told is None}
    lists = {name: block.get(name) for name in HOLDING_ROWS[block["type"]]}
    return {
        name: [row for row in rows if row.get("product") not in gone]
        for name, rows in lists.items()
        if isinstance(rows, list) and any(map(of_row, rows))
    }


def _says_something(block: Block) -> bool:
    """Whether there is more than the name of something about which nobody tells."""
    if block["type"] == "product_list" and not block.get("products"):
        return False
    needed = [name for name in BLOCK_TYPES[block["type"]].any_of if name not in NAMING[block["type"]]]
    return not needed or any(block.get(name) for name in needed)
