"""Social networks: a custom audience of hashed identifiers, and the post that it is to see.

Beside what is handed over, the channel pushes batches to networks by itself, and publishes planned posts.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from campaigns.blocks import ContentError

from .. import public_fields
from ..base import (
    Channel,
    ChannelError,
    Handover,
    Message,
    NotTakenError,
    Reach,
    Receipt,
    ReceiptState,
    Rendition,
    Trial,
    Tried,
)
from . import accounts, files, leaving, networks, posting, render, sync, trying, uploading

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
        if unknown := set(settings) - {"network", "account"}:
            raise ValueError(
                f'{self.label} takes the settings "network" and "account", got {", ".join(sorted(unknown))}'
            )
        accounts.of_option(settings)

    def hand_over(self, messages: Iterable[Message], blocks: Mapping[int, Blocks]) -> Iterator[Answer]:
        """One add list for each option in the batch."""
        messages = list(messages)
        answers: dict[int, Answer] = {}
        for option_id in dict.fromkeys(message.option_id for message in messages):
            answers |= self._list([one for one in messages if one.option_id == option_id], blocks[option_id])
        yield from (answers[message.dispatch_id] for message in messages)

    def try_out(self, trial: Trial) -> Tried:
        return trying.try_out(trial, self.render(trial.blocks, trial.fields))

    def withdraw(self, dispatch_ids: Sequence[int]) -> Collection[int]:
        return leaving.take_back(dispatch_ids)

    def look_after(self) -> bool:
        """Whoever refused is taken out at once, and what its network did not take in time has failed."""
        leaving.remove_refusing()
        uploading.give_up_overdue()
        return uploading.is_due() or posting.is_due()

    def carry_on(self, *, seconds: float) -> bool:
        until = time.monotonic() + seconds
        has_more = uploading.work_due(until=until)
        return posting.work_due(until=until) or has_more

    def _list(self, batch: Sequence[Message], blocks: Blocks) -> dict[int, Answer]:
        first = batch[0]
        try:
            post = self.render(blocks, public_fields.of(first, blocks, channel=self.name))
        except ContentError as error:
            refusal = ChannelError(f"the content cannot be posted: {error}", permanent=True, code="content")
            return {message.dispatch_id: (message.dispatch_id, refusal) for message in batch}
        try:
            target = sync.Target(networks.of_option(first.settings), accounts.of_option(first.settings))
        except ValueError as error:
            problem = NotTakenError(str(error), code="account")  # the customer's dispatch waits until staff mend it
            return {message.dispatch_id: (message.dispatch_id, problem) for message in batch}
        customers = {message.dispatch_id: message.customer_id for message in batch}
        file, listed_in = sync.add(target, first.wave_id, customers)
        if file is not None:
            files.write_post(file, post)
        there = sync.there_among(set(listed_in))
        nothing = ChannelError(
            f"{target.network.label} could match nobody by what is known", permanent=True, code="match"
        )
        return {
            id_: _receipt(id_, listed_in[id_], is_there=id_ in there) if id_ in listed_in else (id_, nothing)
            for id_ in customers
        }


def _receipt(dispatch_id: int, file_id: int, *, is_there: bool) -> Receipt:
    state = ReceiptState.SENT if is_there else ReceiptState.HANDED_OVER
    return Receipt(dispatch_id, state, provider_id=sync.list_mark(file_id))
