"""Blocks with what they name written into them, as an approval fixes it: an offer that is changed later changes nothing.

Whatever is shown in a language and on a channel stays what it was, so it is written where it is shown: a channel that names
another offer has that offer's words, and never over those that the block says itself. What must not be shown any more, like a
testimonial that was taken back, is still left out: the names stay.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from . import references, resolving
from .naming import Block, Named, names
from .overrides import for_channel, languages, layers
from .references import Said

EVERYWHERE = ""  # in the place of a channel


def frozen(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The same blocks, each with what the things that it names say now beneath what it says itself."""
    said = references.said_by(references.told(blocks))
    spoken = languages(blocks)
    return [_frozen(block, said, spoken) for block in blocks]


def _frozen(block: Block, said: Mapping[Named, Said], spoken: Sequence[str]) -> dict[str, Any]:
    made = deepcopy(dict(block))
    if not any(named in said for named in names(block)):
        return made
    for language in spoken:  # the company's own first: the others cover it
        for channel in (EVERYWHERE, *_channels(block)):
            _write(
                made, _lacking(made, block, channel, language, said), channel, "" if language == spoken[0] else language
            )
    return made


def _channels(block: Block) -> Iterable[str]:
    """On which it says something else in any language."""
    return dict.fromkeys(channel for layer in layers(block) for channel in layer.get("overrides") or ())


def _lacking(made: Block, block: Block, channel: str, language: str, said: Mapping[Named, Said]) -> dict[str, Any]:
    """What `made` does not say yet as `block` is shown there; empty for a field that it must not say."""
    is_now, written = (next(iter(for_channel([one], channel, language)), {}) for one in (made, block))
    if not written:
        return {}  # left out
    shown = resolving.with_said(written, said, language)
    return {name: shown.get(name, "") for name in {**shown, **is_now} if shown.get(name) != is_now.get(name)}


def _write(made: dict[str, Any], lacking: Mapping[str, Any], channel: str, language: str) -> None:
    if not lacking:
        return
    layer = _inner(_inner(made, "languages"), language) if language else made
    target = layer if channel == EVERYWHERE else _inner(_inner(layer, "overrides"), channel)
    target.update(lacking)


def _inner(layer: dict[str, Any], name: str) -> dict[str, Any]:
    if not layer.get(name):
        layer[name] = {}
    return layer[name]
