"""Dispatches made ready for handing over: the address that the channel reaches, the fields, the content."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from campaigns import blocks as content_blocks
from campaigns import catalogue, conditions, offers, personalise
from campaigns.models import IdentifierKind, WaveContent
from campaigns.offers import showing

from . import tracking
from .base import Channel, Message
from .models import Dispatch

Blocks = Sequence[Mapping[str, Any]]

# The first usable identifier in the order of the channel's kinds, or the household. {known}: which suppressions count.
RECIPIENTS = """
    SELECT d.id, d.wave_id, d.customer_id, d.option_id, d.coupon_code, o.settings,
           coalesce(i.value, c.household_id::text, '') AS recipient, i.kind
    FROM channels_dispatch d
    JOIN campaigns_option o ON o.id = d.option_id
    JOIN campaigns_customer c ON c.id = d.customer_id
    LEFT JOIN LATERAL (
        SELECT i.kind, i.value FROM campaigns_identifier i
        WHERE i.customer_id = d.customer_id AND i.kind = ANY(%(kinds)s)
          AND NOT EXISTS (SELECT 1 FROM campaigns_suppression s WHERE s.digest = i.digest AND {known})
        ORDER BY array_position(%(kinds)s, i.kind::text), i.id LIMIT 1
    ) i ON true
    WHERE d.id = ANY(%(ids)s)
    ORDER BY d.id
"""


def by_content(wave_id: int, dispatch_ids: Sequence[int]) -> list[tuple[Sequence[int], dict[int, Blocks]]]:
    """Dispatches of a wave with the content that each option sends, by option, as it was when the wave was approved.

    One group, or where an option compares contents one for each of them.
    """
    contents = list(WaveContent.objects.filter(wave_id=wave_id).select_related("version"))
    if not any(content.variant for content in contents):
        return [(dispatch_ids, {content.option_id: content.version.blocks for content in contents})]
    groups: dict[int, list[int]] = {}
    numbers = dict(Dispatch.objects.filter(pk__in=dispatch_ids).values_list("pk", "variant"))
    for id_ in dispatch_ids:
        groups.setdefault(numbers[id_], []).append(id_)
    return [
        (ids, {one.option_id: one.version.blocks for one in contents if one.variant in (0, variant)})
        for variant, ids in sorted(groups.items())
    ]


def messages(channel: Channel, dispatch_ids: Sequence[int], blocks: Mapping[int, Blocks]) -> list[Message]:
    """One message for each dispatch, in the order of their ids; a few queries whatever their number."""
    rows = _recipients(dispatch_ids, channel.reach.identifier_kinds, known="true")
    personal = personalise.fields_for([row[2] for row in rows], **asked_of_people(blocks.values()))
    linked = {option_id: linked_blocks(content, channel.name) for option_id, content in blocks.items()}
    codes = coupons(dispatch_ids, blocks.values(), channel)
    return [
        Message(
            dispatch_id=id_,
            wave_id=wave_id,
            customer_id=customer_id,
            option_id=option_id,
            recipient=recipient,
            fields=personal[customer_id]
            | own_fields(channel, id_, coupon, linked.get(option_id, []))
            | {"coupons": codes.get(id_, {})},
            coupon_code=coupon,
            settings=json.loads(option_settings),  # raw SQL gives JSON as text
        )
        for id_, wave_id, customer_id, option_id, coupon, option_settings, recipient, _ in rows
    ]


def coupons(dispatch_ids: Sequence[int], contents: Iterable[Blocks], channel: Channel) -> dict[int, dict[str, str]]:
    """Codes of offers by message; not asked for where no content names an offer."""
    has_offers = any(showing.slugs(content, channel.name) for content in contents)
    return offers.codes_of(dispatch_ids) if has_offers else {}


def address_used(dispatch_id: int, channel: Channel) -> tuple[str, str] | None:
    """Kind and value of the address that a dispatch went to.

    Suppressions made since then do not count: feedback told twice must not suppress a person's next address as well.
    """
    kinds = (IdentifierKind.POSTAL_ADDRESS,) if channel.reach.needs_household else channel.reach.identifier_kinds
    rows = _recipients([dispatch_id], kinds, known="s.created_at < d.claimed_at")
    return (rows[0][-1], rows[0][-2]) if rows and rows[0][-1] else None


def _recipients(dispatch_ids: Sequence[int], kinds: Sequence[str], *, known: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            RECIPIENTS.format(known=known), {"kinds": [str(kind) for kind in kinds], "ids": list(dispatch_ids)}
        )
        return cursor.fetchall()


def own_fields(channel: Channel, dispatch_id: int, coupon_code: str, linked: Sequence[str]) -> dict[str, Any]:
    """What delivery adds to a person's fields: tracked links, the coupon, the sender.

    On paper `link` is the landing page behind the QR code; online it goes straight to where the first link leads.
    """
    links = {block_id: tracking.link_url(dispatch_id, block_id) for block_id in linked}
    is_straight = linked and not channel.reach.needs_household
    return {
        "link": links[linked[0]] if is_straight else tracking.landing_url(dispatch_id),
        "links": links,
        "unsubscribe_url": tracking.unsubscribe_url(dispatch_id),
        "open_pixel_url": tracking.open_url(dispatch_id),
        "coupon_code": coupon_code,
        "sender_address": settings.SENDER_ADDRESS,
    }


def asked_of_people(contents: Iterable[Blocks]) -> dict[str, frozenset[Any]]:
    """What personalise.fields_for is to find out for these contents: audiences that they name, lists that they show."""
    all_blocks = [block for content in contents for block in content]
    return {"audiences": conditions.audiences(all_blocks), "lists": catalogue.named(all_blocks)}


def linked_blocks(blocks: Blocks, channel: str) -> list[str]:
    """Ids of the blocks that lead somewhere on this channel, in whatever language."""
    shown = [
        block
        for language in content_blocks.languages(blocks)
        for block in content_blocks.for_channel(list(blocks), channel, language)
    ]
    return list(dict.fromkeys(block["id"] for block in shown if block.get("url")))
