"""What a channel gets: the blocks in a language, with their overrides for the channel."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import languages as spoken

Block = Mapping[str, Any]
LAYERS = ("overrides", "languages")


def for_channel(blocks: Sequence[Block], channel: str, language: str = "") -> list[dict[str, Any]]:
    """Blocks as this channel shows them, hidden ones left out. Empty fields are dropped: they are not there.

    `language`: one in which the content exists; empty: the company's own. Of each block the base is overlaid by the
    language, the channel's override, and the language's override for the channel. Conditions (`only_if`) stay.
    """
    resolved = [_resolve(block, channel, language) for block in blocks]
    return [block for block in resolved if not block.pop("hidden", False)]


def layers(block: Block) -> Iterator[Block]:
    """The block, and what it says otherwise in languages and on channels."""
    return (layer for layer, _ in placed_layers(block, ""))


def placed_layers(block: Block, path: str) -> Iterator[tuple[Block, str]]:
    """The same, each with its path; `path` is that of the block."""
    yield block, path
    for language, values in (block.get("languages") or {}).items():
        yield from placed_layers(values, f"{path}.languages.{language}")
    for channel, values in (block.get("overrides") or {}).items():
        yield values, f"{path}.overrides.{channel}"


def languages(blocks: Sequence[Block]) -> list[str]:
    """Languages in which the content exists, the company's own first. A block without one of them shows its base."""
    own = spoken.own()
    return [own, *sorted({name for block in blocks for name in block.get("languages") or ()} - {own})]


def _resolve(block: Block, channel: str, language: str) -> dict[str, Any]:
    translated = (block.get("languages") or {}).get(language) or {}
    merged = dict(block)
    for layer in (translated, _override(block, channel), _override(translated, channel)):
        merged |= layer
    return {name: value for name, value in merged.items() if name not in LAYERS and value not in ("", None)}


def _override(of: Block, channel: str) -> Block:
    return (of.get("overrides") or {}).get(channel) or {}
