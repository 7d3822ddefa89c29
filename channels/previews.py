"""What one person would get on every channel, side by side, and what a channel cannot carry and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns import blocks as content_blocks

from . import registry, renditions
from .base import Channel, Rendition
from .compiled import Blocks, Fields
from .direct_post import render as leaflet
from .print_mailing import render as letter
from .renditions import SAMPLE_ADDRESS, UNSUBSCRIBE_PATH, NotCarried

__all__ = ["SAMPLE_ADDRESS", "UNSUBSCRIBE_PATH"]

# How the PDF channels show their first page.
PICTURES: Mapping[str, Callable[[Blocks, Fields], bytes]] = {
    "print_mailing": letter.picture,
    "direct_post": leaflet.picture,
}


@dataclass(frozen=True)
class Problem:
    """`channel` is empty for what is wrong on every channel."""

    channel: str
    path: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """A channel's rendition, or the problems that prevent it."""

    channel: str
    label: str
    rendition: Rendition | None = None
    picture: bytes | None = None  # PNG of the first page, for channels that print
    problems: tuple[Problem, ...] = field(default=())
    not_carried: tuple[NotCarried, ...] = ()  # what is not in the rendition, and why


def preview(blocks: Blocks, customer_id: int | None = None) -> dict[str, Preview]:
    """One preview for every channel. Without a customer, for a made-up one with long names."""
    if wrong := _wrong_everywhere(blocks):
        return {one.name: Preview(one.name, one.label, problems=wrong) for one in registry.every()}
    made = renditions.of(blocks, customer_id)
    personal = renditions.personal(customer_id, blocks)
    return {name: _with_picture(one, blocks, personal) for name, one in made.items()}


def one(channel: str, blocks: Blocks, personal: Fields) -> Preview:
    """On one channel, filled in with what channels.preview_people gives."""
    carrier = registry.get(channel)
    if wrong := _wrong_everywhere(blocks):
        return Preview(channel, carrier.label, problems=wrong)
    return filled(carrier, blocks, renditions.fields_for(carrier, blocks, personal))


def problems(blocks: Any, channels: Iterable[str]) -> list[Problem]:
    """Why the content cannot be saved, or cannot be carried by these channels; empty if all is well."""
    if wrong := _wrong_everywhere(blocks):
        return list(wrong)
    carriers = [registry.get(name) for name in channels]
    found = [
        problem
        for carrier in carriers
        for language in content_blocks.languages(blocks)[: 1 if carrier.is_public else None]
        for problem in _tried(carrier, blocks, renditions.made_up(blocks, language)).problems
    ]
    return list(dict.fromkeys(found))


def fields_for(channel: Channel, blocks: Blocks, customer_id: int | None = None) -> dict[str, Any]:
    """What a content is filled in with to look at it. Links lead straight to their targets, so it counts nothing."""
    return renditions.fields_for(channel, blocks, renditions.personal(customer_id, blocks))


def filled(channel: Channel, blocks: Blocks, fields: Fields) -> Preview:
    """With fields that are ready to be rendered."""
    return _pictured(renditions.one(channel, blocks, fields), blocks, fields)


def _wrong_everywhere(blocks: Any) -> tuple[Problem, ...]:
    wrong = tuple(Problem("", error.path, error.reason) for error in content_blocks.errors(blocks))
    return wrong or tuple(unknown_channels(blocks))


def unknown_channels(blocks: Blocks) -> Iterator[Problem]:
    """Overrides for channels that do not exist, which would say nothing anywhere."""
    for n, block in enumerate(blocks):
        for path, layer in (
            ("", block),
            *((f".languages.{key}", one) for key, one in block.get("languages", {}).items()),
        ):
            for name in sorted(layer.get("overrides", {}).keys() - {*registry.CHANNELS, *content_blocks.CHANNELS}):
                known = ", ".join(registry.CHANNELS)
                yield Problem("", f"blocks[{n}]{path}.overrides.{name}", f"there is no such channel; known: {known}")


def _tried(channel: Channel, blocks: Blocks, personal: Fields) -> Preview:
    return _preview(renditions.one(channel, blocks, renditions.fields_for(channel, blocks, personal)))


def _with_picture(made: renditions.Made, blocks: Blocks, personal: Fields) -> Preview:
    return _pictured(made, blocks, renditions.fields_for(registry.get(made.channel), blocks, personal))


def _pictured(made: renditions.Made, blocks: Blocks, fields: Fields) -> Preview:
    draw = PICTURES.get(made.channel) if made.rendition else None
    return _preview(made, draw(blocks, fields) if draw else None)


def _preview(made: renditions.Made, picture: bytes | None = None) -> Preview:
    if made.rendition is None:
        found = tuple(Problem(made.channel, one.path, one.reason) for one in made.not_carried)
        return Preview(made.channel, made.label, problems=found)
    return Preview(made.channel, made.label, made.rendition, picture, not_carried=made.not_carried)
