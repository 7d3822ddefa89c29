"""Blocks with what they name written into them, as an approval fixes it: an offer that is changed later changes nothing.

What must not be shown any more, like a testimonial that was taken back, is still left out: the names stay.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from . import overrides, references
from .references import Named, Said

Block = Mapping[str, Any]


def frozen(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The same blocks, each with what the things that it names say now beneath what it says itself."""
    said = references.said_by(references.told(blocks))
    others = overrides.languages(blocks)[1:]
    return [_frozen(block, said, others) for block in blocks]


def _frozen(block: Block, said: Mapping[Named, Said], others: Sequence[str]) -> dict[str, Any]:
    if not any(named in said for named in references.names(block)):
        return dict(block)
    made = _filled(block, block, said)
    written = made.get("languages") or {}
    translated = {
        language: layer
        for language in others
        if (layer := _filled(written.get(language) or {}, block, said, language=language))
    }
    return made | ({"languages": translated} if translated else {})


def _filled(layer: Block, block: Block, said: Mapping[Named, Said], *, language: str = "") -> dict[str, Any]:
    """A layer, its own overrides included. In another language only what that language has of its own is added."""
    naming = layer if any(references.named(block["type"], layer)) else block
    beneath = references.beneath(references.named(block["type"], naming), said, language)
    if language:
        of_all = references.beneath(references.named(block["type"], naming), said, "")
        # What the block says itself is said in every language that it does not say otherwise.
        beneath = {k: v for k, v in beneath.items() if v != of_all.get(k) and not block.get(k)}
    made = beneath | {name: value for name, value in layer.items() if value not in (None, "")}
    made |= _rows(layer, block, said, language)
    if layer.get("overrides"):
        made["overrides"] = {
            channel: references.beneath(references.named(block["type"], own), said, language)
            | own
            | references.filled_rows(block["type"], own, said, language)
            for channel, own in layer["overrides"].items()
        }
    return made


def _rows(layer: Block, block: Block, said: Mapping[Named, Said], language: str) -> dict[str, Any]:
    """Products as they are now; in another language the block's own, where it writes a price in its own way."""
    own = references.filled_rows(block["type"], layer, said, language)
    if not language:
        return own
    of_block = references.filled_rows(block["type"], block, said, language)
    of_all = references.filled_rows(block["type"], block, said, "")
    return {name: rows for name, rows in of_block.items() if rows != of_all[name] and not layer.get(name)} | own
