"""Where in the blocks something is wrong: as a person finds it, and as the page finds its field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.blocks.types import BLOCK_TYPES

from .drawing import spoken

BLOCK = re.compile(r"blocks\[(\d+)\]\.?(.*)", re.DOTALL)
LAYER = re.compile(r"(languages|overrides)\.([^.]+)\.?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """`number` counts blocks from 0, None where it is no single block; `inside` leads to the field within the block."""

    words: str
    number: int | None = None
    inside: str = ""


def place(path: str, blocks: Any, channels: Mapping[str, str]) -> Place:
    """Of a path such as blocks[2].overrides.banner.text, or <id of a block>.text."""
    number, inside = _block(path, blocks)
    if number is None:
        return Place("" if path in ("", "blocks") else path)
    block = blocks[number]
    type_ = BLOCK_TYPES.get(str(block.get("type"))) if isinstance(block, Mapping) else None
    said = [f"Block {number + 1}" + (f" ({type_.label})" if type_ else "")]
    rest = inside
    while layer := LAYER.fullmatch(rest):
        kind, name, rest = layer.groups()
        said.append(f"in {spoken(name)}" if kind == "languages" else f"on {channels.get(name, name)}")
    if rest:
        said.append(_field(rest, type_.fields if type_ else {}))
    return Place(", ".join(said), number, inside)


def _block(path: str, blocks: Any) -> tuple[int | None, str]:
    if not isinstance(blocks, list):
        return None, ""
    if found := BLOCK.fullmatch(path):
        number = int(found[1])
        return (number, found[2]) if number < len(blocks) else (None, "")
    id_, _, inside = path.partition(".")
    ids = [block.get("id") for block in blocks if isinstance(block, Mapping)]
    return (ids.index(id_), inside) if len(ids) == len(blocks) and id_ in ids else (None, "")


def _field(inside: str, fields: Mapping[str, Any]) -> str:
    name = re.split(r"[.\[]", inside, maxsplit=1)[0]
    if name == "only_if":
        return "whom it is for"
    return fields[name].label if name in fields else name
