"""The fields of what everybody sees alike, a leaflet or a post: nothing of a person, and links that name nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from campaigns import blocks as content_blocks
from campaigns.models import Wave, WaveContent

from . import link_targets
from .base import Message


def of(message: Message, blocks: Sequence[Mapping[str, Any]], *, channel: str) -> dict[str, Any]:
    """Personal fields are empty, so that placeholders show their fall-backs; links carry the campaign's marks only."""
    links = _links(message, channel, blocks)
    return dict.fromkeys(message.fields, "") | {
        "links": links,
        "link": next(iter(links.values()), settings.SITE_URL),
        "sender_address": settings.SENDER_ADDRESS,
    }


def _links(message: Message, channel: str, blocks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    wave = Wave.objects.only("campaign_id", "number").get(pk=message.wave_id)
    contents = WaveContent.objects.filter(wave=wave, option=message.option_id).select_related("version")
    fixed = next((one for one in contents.order_by("variant") if one.version.blocks == list(blocks)), None)
    about = {"campaign_id": wave.campaign_id, "wave": wave.number, "channel": channel}
    urls = {
        block["id"]: block["url"] for block in content_blocks.for_channel(list(blocks), channel) if block.get("url")
    }
    version_id = fixed.version_id if fixed else None
    return {id_: link_targets.marked(url, **about, version_id=version_id, block_id=id_) for id_, url in urls.items()}
