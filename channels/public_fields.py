"""The fields of what everybody sees alike, a leaflet or a post: nothing of a person, and links that name nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns.models import Wave

from . import sent
from .base import Message


def of(message: Message, blocks: Sequence[Mapping[str, Any]], *, channel: str) -> dict[str, Any]:
    """Personal fields are empty, so that placeholders show their fall-backs; links carry the campaign's marks only."""
    links = _links(message.wave_id, channel, blocks)
    return dict.fromkeys(message.fields, "") | {
        "links": links,
        "link": next(iter(links.values()), settings.SITE_URL),
        "sender_address": settings.SENDER_ADDRESS,
    }


def _links(wave_id: int, channel: str, blocks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    wave = Wave.objects.only("campaign_id", "number").get(pk=wave_id)
    marks = {"utm_source": "steering", "utm_medium": channel, "utm_campaign": f"{wave.campaign_id}-{wave.number}"}
    urls = {
        block["id"]: block["url"] for block in content_blocks.for_channel(list(blocks), channel) if block.get("url")
    }
    return {id_: sent.with_marks(url, marks | {"utm_content": id_}) for id_, url in urls.items()}
