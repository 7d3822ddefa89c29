"""Which offers a content shows: on a channel, in any language, to anybody."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from campaigns import blocks as content_blocks
from campaigns.blocks import PERSONAL_COUPON

FIELD = "offer"
Blocks = Sequence[Mapping[str, Any]]


def slugs(blocks: Blocks, channel: str) -> list[str]:
    """Of the offers that this channel shows to somebody, in the order of the blocks."""
    found = (block.get(FIELD) for shown in _as_shown(blocks, channel) for block in shown)
    return list(dict.fromkeys(slug for slug in found if slug))


def has_personal_code(blocks: Blocks, channel: str) -> bool:
    """Whether it shows a code that is made with the message, without an offer."""
    return any(_is_personal(block) for shown in _as_shown(blocks, channel) for block in shown)


def _is_personal(block: Mapping[str, Any]) -> bool:
    return block.get("coupon") == PERSONAL_COUPON and not block.get(FIELD)


def _as_shown(blocks: Blocks, channel: str) -> Iterable[list[dict[str, Any]]]:
    for language in content_blocks.languages(blocks):
        yield content_blocks.for_channel(blocks, channel, language)
