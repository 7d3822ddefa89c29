"""All renditions of one content for one person from one call, and of every channel what it could not carry and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns import conditions, languages, personalise
from campaigns.blocks import ContentError, references, resolving
from campaigns.models import ContentVersion

from . import carrying, recipients, registry
from .base import Channel, Rendition
from .compiled import Blocks, Fields
from .print_mailing import addresses
from .tracking import BLANK

UNSUBSCRIBE_PATH = "/u/test"  # where the link of what is no real message leads
SAMPLE_ADDRESS = ["Frau Prof. Dr. Maximiliane Oberhauser-Lindner", "Musterstraße 1", "53474 Bad Neuenahr-Ahrweiler"]
FOR_OTHERS = "It is only for others."
GONE = "What it names must not be shown any more."


@dataclass(frozen=True)
class NotCarried:
    """`path` leads to a block by its id and to its field, as in ContentError; empty for the content as a whole."""

    path: str
    reason: str


@dataclass(frozen=True)
class Made:
    """A channel's rendition and what is not in it; without a rendition, why there is none."""

    channel: str
    label: str
    rendition: Rendition | None
    not_carried: tuple[NotCarried, ...] = ()


def of(content: ContentVersion | Blocks, customer_id: int | None = None) -> dict[str, Made]:
    """By channel, for a customer, or for a made-up person with long names. Links lead straight to their targets.

    Raises ContentError for blocks that are wrong in themselves, and ValueError for a customer who does not exist.
    """
    blocks = content.blocks if isinstance(content, ContentVersion) else content
    content_blocks.check(blocks, references=False)
    who = personal(customer_id, blocks)
    return {channel.name: one(channel, blocks, fields_for(channel, blocks, who)) for channel in registry.every()}


def one(channel: Channel, blocks: Blocks, fields: Fields) -> Made:
    """On one channel, with fields that are ready to be rendered."""
    try:
        rendition = channel.render(blocks, fields)
    except ContentError as error:
        return Made(channel.name, channel.label, None, (NotCarried(error.path, error.reason),))
    missing = (NotCarried(id_, reason) for id_, reason in left_out(channel, blocks, fields).items())
    # What the channel as such does not carry stands in both; its renderer knows of more, such as a lack of room.
    said = (NotCarried("", warning) for warning in rendition.warnings if not warning.startswith("Not carried: "))
    return Made(channel.name, channel.label, rendition, (*missing, *said))


def left_out(channel: Channel, blocks: Blocks, fields: Fields) -> dict[str, str]:
    """Why blocks are not shown to this person, by their ids; what staff hide on the channel is not named."""
    language = languages.chosen(fields.get("language"), content_blocks.languages(blocks))
    there = content_blocks.for_channel(blocks, channel.name, language)
    shown = {block["id"] for block in resolving.resolve(there, references.told(blocks), language)}
    gone = {block["id"]: GONE for block in there if block["id"] not in shown}
    for_others = {} if channel.is_public else dict(_for_others(there, fields))
    return for_others | carrying.left_out(there, channel.name, is_public=channel.is_public) | gone


def _for_others(blocks: Blocks, fields: Fields) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if not conditions.holds(block.get("only_if"), fields):
            yield block["id"], FOR_OTHERS


def fields_for(channel: Channel, blocks: Blocks, who: Fields) -> dict[str, Any]:
    """A person as a message of this channel is filled in with them, or with nobody where everybody sees the same."""
    shown = dict.fromkeys(who, "") if channel.is_public else dict(who)
    language = languages.chosen(shown.get("language"), content_blocks.languages(blocks))
    return shown | _of_message(blocks, channel.name, language)


def personal(customer_id: int | None, blocks: Blocks) -> dict[str, Any]:
    """What is known about a customer, or about nobody in particular. Raises ValueError for one who does not exist."""
    if customer_id is None:
        return made_up(blocks, languages.own())
    found = personalise.fields_for([customer_id], **recipients.asked_of_people([blocks])).get(customer_id)
    if found is None:
        raise ValueError(f"there is no customer {customer_id}")
    address = addresses.of_customers([customer_id]).get(customer_id)
    return found | {
        "coupon_code": personalise.sample_fields()["coupon_code"],
        "address_lines": list(address.lines) if address else [],
    }


def made_up(blocks: Blocks, language: str) -> dict[str, Any]:
    """Somebody with long names, who is in all audiences."""
    audiences = conditions.audiences(blocks)
    return personalise.sample_fields(language) | {"address_lines": SAMPLE_ADDRESS, "audiences": audiences}


def _of_message(blocks: Blocks, channel: str, language: str) -> Mapping[str, Any]:
    """What delivery adds to a message; links lead straight to their targets, so that it counts nothing."""
    shown = content_blocks.for_channel(blocks, channel, language)
    links = {block["id"]: block["url"] for block in shown if block.get("url")}
    return {
        "links": links,
        "link": next(iter(links.values()), settings.SITE_URL),
        "unsubscribe_url": settings.SITE_URL + UNSUBSCRIBE_PATH,
        "open_pixel_url": BLANK,
        "sender_address": settings.SENDER_ADDRESS,
    }
