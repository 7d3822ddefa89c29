"""Offers that would be over before the post brings them are not printed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from campaigns import blocks as content_blocks
from campaigns.models import Offer

from ..base import ChannelError
from . import lead_times

Blocks = Sequence[Mapping[str, Any]]


def refuse_expired(blocks: Blocks, settings: Mapping[str, Any], *, channel: str, at: datetime | None = None) -> None:
    """At hand-over (now): raises ChannelError where an offer of the content ends before it may arrive."""
    try:
        arrives_on = lead_times.of_option(settings).lead(at or timezone.now()).arrives_on
    except ValueError as error:
        raise ChannelError(str(error), permanent=False, code="product") from error
    last = min(_ends(blocks, channel), default=None)
    if last is not None and last < arrives_on:
        reason = f"its offer ends on {last}, and by post it may arrive on {arrives_on} only"
        raise ChannelError(reason, permanent=True, code="offer")


def _ends(blocks: Blocks, channel: str) -> Iterator[date]:
    """The last days of the offers that this channel shows."""
    named = set()
    for language in content_blocks.languages(blocks):
        for block in content_blocks.for_channel(blocks, channel, language):
            if block["type"] == "offer" and block.get("valid_until"):
                yield date.fromisoformat(block["valid_until"])
            if block.get("offer"):
                named.add(block["offer"])
    yield from Offer.objects.filter(slug__in=named, valid_until_on__isnull=False).values_list(
        "valid_until_on", flat=True
    )
