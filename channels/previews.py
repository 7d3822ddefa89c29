"""What one person would get on every channel, side by side, and what a channel cannot carry and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns import conditions, content_uses, languages, personalise
from campaigns.blocks import ContentError
from campaigns.findings import ERROR, Finding
from campaigns.models import Content

from . import registry
from .base import Channel, Rendition
from .compiled import Blocks, Fields
from .direct_post import render as leaflet
from .print_mailing import addresses
from .print_mailing import render as letter
from .tracking import BLANK

# How the PDF channels show their first page.
PICTURES: Mapping[str, Callable[[Blocks, Fields], bytes]] = {
    "print_mailing": letter.picture,
    "direct_post": leaflet.picture,
}
UNSUBSCRIBE_PATH = "/u/test"  # where the link of what is no real message leads
SAMPLE_ADDRESS = ["Frau Prof. Dr. Maximiliane Oberhauser-Lindner", "Musterstraße 1", "53474 Bad Neuenahr-Ahrweiler"]


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


def preview(blocks: Blocks, customer_id: int | None = None) -> dict[str, Preview]:
    """One preview for every channel. Without a customer, for a made-up one with long names."""
    if wrong := _wrong_everywhere(blocks):
        return {one.name: Preview(one.name, one.label, problems=wrong) for one in registry.every()}
    personal = _personal(customer_id, blocks)
    return {channel.name: _preview(channel, blocks, personal) for channel in registry.every()}


def one(channel: str, blocks: Blocks, personal: Fields) -> Preview:
    """On one channel, filled in with what channels.preview_people gives."""
    if wrong := _wrong_everywhere(blocks):
        return Preview(channel, registry.get(channel).label, problems=wrong)
    return _preview(registry.get(channel), blocks, personal)


def problems(blocks: Any, channels: Iterable[str]) -> list[Problem]:
    """Why the content cannot be saved, or cannot be carried by these channels; empty if all is well."""
    if wrong := _wrong_everywhere(blocks):
        return list(wrong)
    carriers = [registry.get(name) for name in channels]
    found = [
        problem
        for carrier in carriers
        for language in content_blocks.languages(blocks)[: 1 if carrier.is_public else None]
        for problem in _preview(carrier, blocks, _made_up(blocks, language), with_picture=False).problems
    ]
    return list(dict.fromkeys(found))


def check(content: Content) -> Iterator[Finding]:
    """What speaks against approving a content: that a channel on which a campaign sends it cannot carry it."""
    used_on = [name for name in content_uses.channels(content) if name in registry.CHANNELS]
    for problem in problems(content.blocks, used_on):
        yield Finding(problem.channel, problem.path, ERROR, "not_carried", problem.reason)


def fields_for(channel: Channel, blocks: Blocks, customer_id: int | None = None) -> dict[str, Any]:
    """What a content is filled in with to look at it. Links lead straight to their targets, so it counts nothing."""
    return _fields(channel, blocks, _personal(customer_id, blocks))


def _wrong_everywhere(blocks: Any) -> tuple[Problem, ...]:
    wrong = tuple(Problem("", error.path, error.reason) for error in content_blocks.errors(blocks))
    return wrong or tuple(_unknown_channels(blocks))


def _unknown_channels(blocks: Blocks) -> Iterator[Problem]:
    for n, block in enumerate(blocks):
        for path, layer in (
            ("", block),
            *((f".languages.{key}", one) for key, one in block.get("languages", {}).items()),
        ):
            for name in sorted(layer.get("overrides", {}).keys() - {*registry.CHANNELS, *content_blocks.CHANNELS}):
                known = ", ".join(registry.CHANNELS)
                yield Problem("", f"blocks[{n}]{path}.overrides.{name}", f"there is no such channel; known: {known}")


def _preview(channel: Channel, blocks: Blocks, personal: Fields, *, with_picture: bool = True) -> Preview:
    return filled(channel, blocks, _fields(channel, blocks, personal), with_picture=with_picture)


def filled(channel: Channel, blocks: Blocks, fields: Fields, *, with_picture: bool = True) -> Preview:
    """With fields that are ready to be rendered."""
    try:
        rendition = channel.render(blocks, fields)
        draw = PICTURES.get(channel.name) if with_picture else None
        return Preview(channel.name, channel.label, rendition, draw(blocks, fields) if draw else None)
    except ContentError as error:
        problem = Problem(channel.name, error.path, error.reason)
        return Preview(channel.name, channel.label, problems=(problem,))


def _fields(channel: Channel, blocks: Blocks, personal: Fields) -> dict[str, Any]:
    shown = dict.fromkeys(personal, "") if channel.is_public else dict(personal)
    language = languages.chosen(shown.get("language"), content_blocks.languages(blocks))
    return shown | _of_message(blocks, channel.name, language)


def _personal(customer_id: int | None, blocks: Blocks) -> dict[str, Any]:
    if customer_id is None:
        return _made_up(blocks, languages.own())
    named = conditions.audiences(blocks)
    address = addresses.of_customers([customer_id]).get(customer_id)
    return personalise.fields_for([customer_id], audiences=named)[customer_id] | {
        "coupon_code": personalise.sample_fields()["coupon_code"],
        "address_lines": list(address.lines) if address else [],
    }


def _made_up(blocks: Blocks, language: str) -> dict[str, Any]:
    """Somebody with long names, who is in all audiences."""
    audiences = conditions.audiences(blocks)
    return personalise.sample_fields(language) | {"address_lines": SAMPLE_ADDRESS, "audiences": audiences}


def _of_message(blocks: Blocks, channel: str, language: str) -> dict[str, Any]:
    """What delivery adds to a message; links lead straight to their targets, so that a preview counts nothing."""
    shown = content_blocks.for_channel(blocks, channel, language)
    links = {block["id"]: block["url"] for block in shown if block.get("url")}
    return {
        "links": links,
        "link": next(iter(links.values()), settings.SITE_URL),
        "unsubscribe_url": settings.SITE_URL + UNSUBSCRIBE_PATH,
        "open_pixel_url": BLANK,
        "sender_address": settings.SENDER_ADDRESS,
    }
