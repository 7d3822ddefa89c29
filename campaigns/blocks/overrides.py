"""What a channel gets: the blocks with their overrides for it."""

from collections.abc import Mapping, Sequence
from typing import Any


def for_channel(blocks: Sequence[Mapping[str, Any]], channel: str) -> list[dict[str, Any]]:
    """Blocks as this channel shows them, hidden ones left out. Empty fields are dropped: they are not there."""
    resolved = [_resolve(block, channel) for block in blocks]
    return [block for block in resolved if not block.pop("hidden", False)]


def _resolve(block: Mapping[str, Any], channel: str) -> dict[str, Any]:
    merged = {**block, **block.get("overrides", {}).get(channel, {})}
    return {name: value for name, value in merged.items() if name != "overrides" and value not in ("", None)}
