"""Banner on the company's own pages: handing over makes the assignment live, and channels.banner.decide serves it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from . import limits, render


class BannerChannel(Channel):
    """`sent` means that the decision is live; that somebody saw it comes back as `shown`."""

    name = "banner"
    label = "Banner"
    reach = Reach(identifier_kinds=("cookie", "email"))
    handover = Handover.TOGETHER
    unit_cost_cents = 2

    def render(self, blocks: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> Rendition:
        return render.render(blocks, fields)

    def check_option(self, settings: Mapping[str, Any]) -> None:
        limits.read(settings)

    def hand_over(
        self, messages: Iterable[Message], blocks: Mapping[int, Sequence[Mapping[str, Any]]]
    ) -> Iterator[Receipt | tuple[int, ChannelError]]:
        for message in messages:
            yield Receipt(message.dispatch_id, ReceiptState.SENT, answer="live")
