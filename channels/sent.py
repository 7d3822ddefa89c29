"""What was sent, read back: a dispatch with the content that it carried."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from campaigns import blocks as content_blocks
from campaigns import languages
from campaigns.models import ContentVersion

from . import link_targets, prepared, registry

SENT = """
    SELECT d.id, d.customer_id, d.channel, d.wave_id, d.option_id, d.coupon_code, w.campaign_id, w.number, wc.version_id,
           d.claimed_at, d.state, c.language
    FROM channels_dispatch d
    JOIN campaigns_customer c ON c.id = d.customer_id
    JOIN campaigns_wave w ON w.id = d.wave_id
    JOIN campaigns_wavecontent wc ON wc.wave_id = d.wave_id AND wc.option_id = d.option_id AND wc.variant = d.variant
    WHERE d.id = ANY(%s)
"""


LANDING = "landing"  # as contents name the page behind a message's own link


@dataclass(frozen=True)
class Sent:
    """One dispatch as its answers need it."""

    dispatch_id: int
    customer_id: int
    channel: str
    wave_id: int
    option_id: int
    coupon_code: str
    campaign_id: int
    wave_number: int
    version_id: int
    claimed_at: datetime | None
    state: str
    language: str  # the customer's

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its content as this channel shows it."""
        return content_blocks.for_channel(version_blocks(self.version_id), self.channel)


def find(dispatch_id: int) -> Sent | None:
    return find_all([dispatch_id]).get(dispatch_id)


def find_all(dispatch_ids: Collection[int]) -> dict[int, Sent]:
    """Those that there are, by id."""
    return {row[0]: Sent(*row) for row in prepared.rows(SENT, [list(dispatch_ids)])}


@lru_cache(maxsize=256)
def version_blocks(version_id: int) -> list[dict[str, Any]]:
    """Versions never change, so every process may keep them."""
    return ContentVersion.objects.values_list("blocks", flat=True).get(pk=version_id)


@lru_cache(maxsize=1024)
def _targets(version_id: int, channel: str, language: str) -> dict[str, str]:
    """Where the blocks of a version lead in a language, by their ids."""
    written = version_blocks(version_id)
    # The landing page shows links that the message itself leaves out; of paper, it is where all of them are.
    ways = [LANDING, "", channel]
    if registry.get(channel).reach.needs_household:
        ways = ["", channel, LANDING]
    shown = (block for way in ways for block in content_blocks.for_channel(written, way, language))
    return {block["id"]: block["url"] for block in (*written, *shown) if block.get("id") and block.get("url")}


def destination(sent: Sent, block_id: str) -> str | None:
    """Where a block of this dispatch leads, marked so that the company's web analytics see where visitors come from."""
    language = languages.chosen(sent.language, content_blocks.languages(version_blocks(sent.version_id)))
    target = _targets(sent.version_id, sent.channel, language).get(block_id)
    if not target:
        return None
    return link_targets.marked(
        target,
        campaign_id=sent.campaign_id,
        wave=sent.wave_number,
        channel=sent.channel,
        version_id=sent.version_id,
        block_id=block_id,
    )
