"""What blocks name elsewhere by a word or number: offers, testimonials, products, and the pictures that they show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .overrides import layers
from .types import BLOCK_TYPES, Kind

Block = Mapping[str, Any]
Named = tuple[Kind, str]

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


def names(block: Block) -> Iterator[Named]:
    """All that the block names, its rows, languages and channels included."""
    for layer in layers(block):
        yield from named(block["type"], layer)
        for row, _ in placed_rows(block["type"], layer):
            yield from of_row(row)


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


def of_row(row: Block) -> list[Named]:
    """The product of the feed that a row names, if it names one."""
    return [(Kind.PRODUCT, row["product"])] if row.get("product") else []


def pictures(blocks: Sequence[Block]) -> Iterator[str]:
    """Those that blocks and their rows show: how they are cut is laid out with the content."""
    for block in blocks:
        for layer in layers(block):
            yield from (layer[name] for name in SHOWING[block["type"]] if layer.get(name))
            yield from (row["source"] for row, _ in placed_rows(block["type"], layer) if row.get("source"))
