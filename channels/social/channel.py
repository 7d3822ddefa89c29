"""Social networks: a custom audience of hashed identifiers, and the post that it is to see."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from campaigns.blocks import ContentError

from .. import public_fields
from ..base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from . import files, networks, render, sync

Answer = Receipt | tuple[int, ChannelError]
Blocks = Sequence[Mapping[str, Any]]


class SocialChannel(Channel):
    """`handed_over` means listed; it is `sent` once the network has the list. Hashed is still personal: by consent only."""

    name = "social"
    label = "Social network"
    reach = Reach(identifier_kinds=("email", "phone"))  # what both networks can match; handles are none of it
    handover = Handover.TOGETHER
    unit_cost_cents = 4
    is_public = True

    def render(self, blocks: Blocks, fields: Mapping[str, Any]) -> Rendition:
        return render.render(blocks, fields)

    def check_option(self, settings: Mapping[str, Any]) -> None:
        if unknown := set(settings) - {"network"}:
            raise ValueError(f'{self.label} takes the setting "network" only, got {", ".join(sorted(unknown))}')
        networks.of_option(settings)

    def hand_over(self, messages: Iterable[Message], blocks: Mapping[int, Blocks]) -> Iterator[Answer]:
        """One add list for each option in the batch."""
        messages = list(messages)
        answers: dict[int, Answer] = {}
        for option_id in dict.fromkeys(message.option_id for message in messages):
            answers |= self._list([one for one in messages if one.option_id == option_id], blocks[option_id])
        yield from (answers[message.dispatch_id] for message in messages)

    def withdraw(self, dispatch_ids: Sequence[int]) -> Collection[int]:
        return sync.take_back(dispatch_ids)

    def _list(self, batch: Sequence[Message], blocks: Blocks) -> dict[int, Answer]:
        first = batch[0]
        try:
            post = self.render(blocks, public_fields.of(first, blocks, channel=self.name))
        except ContentError as error:
            refusal = ChannelError(f"the content cannot be posted: {error}", permanent=True, code="content")
            return {message.dispatch_id: (message.dispatch_id, refusal) for message in batch}
        customers = {message.dispatch_id: message.customer_id for message in batch}
        file, listed_in = sync.add(networks.of_option(first.settings), first.wave_id, customers)
        if file is not None:
            files.write_post(file, post)
        known_there = sync.fetched_among(set(listed_in.values()))
        return {id_: _receipt(id_, file_id, is_there=file_id in known_there) for id_, file_id in listed_in.items()}


def _receipt(dispatch_id: int, file_id: int, *, is_there: bool) -> Receipt:
    state = ReceiptState.SENT if is_there else ReceiptState.HANDED_OVER
    return Receipt(dispatch_id, state, provider_id=sync.list_mark(file_id))
