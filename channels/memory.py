"""A whole channel that keeps messages in memory: for tests, and the shortest example of the interface."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition


class MemoryChannel(Channel):
    """Not registered by default. `refusals` says which customers' messages fail, and how."""

    name = "memory"
    label = "Memory"
    reach = Reach(identifier_kinds=("email",))
    handover = Handover.SINGLY
    unit_cost_cents = 1

    def __init__(self) -> None:
        self.outbox: list[tuple[Message, Rendition]] = []
        self.refusals: dict[int, ChannelError] = {}
        self.withdrawn: list[int] = []
        self.known: dict[int, Receipt | ChannelError] = {}  # what it will say when asked about uncertain dispatches

    def render(self, blocks: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> Rendition:
        return Rendition({"text": "\n".join(str(block.get("text", "")) for block in blocks)})

    def hand_over(
        self, messages: Iterable[Message], blocks: Mapping[int, Sequence[Mapping[str, Any]]]
    ) -> Iterator[Receipt | tuple[int, ChannelError]]:
        for message in messages:
            if refusal := self.refusals.get(message.customer_id):
                yield message.dispatch_id, refusal
                continue
            try:
                rendition = self.rendered(message, blocks)
            except ChannelError as error:
                yield message.dispatch_id, error
                continue
            self.outbox.append((message, rendition))
            yield Receipt(message.dispatch_id, ReceiptState.SENT, provider_id=f"memory-{message.dispatch_id}")

    def withdraw(self, dispatch_ids: Sequence[int]) -> Sequence[int]:
        self.withdrawn += dispatch_ids
        return dispatch_ids

    def look_up(self, dispatch_ids: Sequence[int]) -> Iterable[Receipt | tuple[int, ChannelError]]:
        for id_ in dispatch_ids:
            if answer := self.known.get(id_):
                yield answer if isinstance(answer, Receipt) else (id_, answer)
