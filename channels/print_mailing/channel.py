"""Addressed letters: a mailing file and the letters as PDF, which a print vendor pulls by API."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from campaigns import blocks as content_blocks
from campaigns.blocks import ContentError

from .. import print_files, print_jobs, vendors
from ..base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from ..models import Vendor
from . import addresses, letters, paper, render

Answer = Receipt | tuple[int, ChannelError]
Blocks = Sequence[Mapping[str, Any]]
Found = Mapping[int, addresses.Address]


class PrintMailingChannel(Channel):
    """`handed_over` means that a vendor may pull it; it is `sent` once the vendor has posted it."""

    name = "print_mailing"
    label = "Print mailing"
    # GDPR Art. 6(1)(f): addressed post rests on legitimate interest until the person objects.
    reach = Reach(needs_household=True, grounds=(), one_per_household=True)
    handover = Handover.TOGETHER
    unit_cost_cents = 85

    def render(self, blocks: Blocks, fields: Mapping[str, Any]) -> Rendition:
        return render.render(blocks, fields)

    def check_option(self, settings: Mapping[str, Any]) -> None:
        vendors.check_option(settings, label=self.label)

    def hand_over(self, messages: Iterable[Message], blocks: Mapping[int, Blocks]) -> Iterator[Answer]:
        """One job for each option in the batch."""
        messages = list(messages)
        answers: dict[int, Answer] = {}
        for option_id, batch in groupby(sorted(messages, key=_option), key=_option):
            for answer in self._order(list(batch), blocks[option_id]):
                answers[answer.dispatch_id if isinstance(answer, Receipt) else answer[0]] = answer
        yield from (answers[message.dispatch_id] for message in messages)

    def withdraw(self, dispatch_ids: Sequence[int]) -> Collection[int]:
        return print_jobs.withdraw(dispatch_ids)

    def _order(self, batch: list[Message], blocks: Blocks) -> Iterator[Answer]:
        try:
            vendor = _prepare(batch[0], blocks)
        except ChannelError as error:
            yield from ((message.dispatch_id, error) for message in batch)
            return
        found = addresses.of_customers([message.customer_id for message in batch])
        to_print = [message for message in batch if message.customer_id in found]
        for message in batch:
            if message.customer_id not in found:
                yield message.dispatch_id, ChannelError("no postal address", permanent=True, code="address")
        if to_print:
            yield from self._print_who_fits(to_print, found, blocks, vendor)

    def _print_who_fits(self, batch: list[Message], found: Found, blocks: Blocks, vendor: Vendor) -> Iterator[Answer]:
        """What cannot be printed for one person must hold up nobody else's letter."""
        try:
            with transaction.atomic():
                receipts = self._print(batch, found, blocks, vendor)
        except ContentError:
            wrong = letters.misfits([(message, found[message.customer_id]) for message in batch], blocks)
            for dispatch_id, error in wrong.items():
                reason = f"the letter cannot be printed: {error}"
                yield dispatch_id, ChannelError(reason, permanent=True, code="content")
            fitting = [message for message in batch if message.dispatch_id not in wrong]
            receipts = self._print(fitting, found, blocks, vendor) if fitting else []
        yield from receipts

    def _print(self, batch: list[Message], found: Found, blocks: Blocks, vendor: Vendor) -> list[Receipt]:
        job, item_ids = print_jobs.create(
            vendor=vendor,
            wave_id=batch[0].wave_id,
            option_id=batch[0].option_id,
            channel=self.name,
            items=[print_jobs.NewItem(dispatch_id=message.dispatch_id) for message in batch],
        )
        numbered = enumerate(zip(item_ids, batch, strict=True), 1)
        sheets = [letters.Letter(id_, n, message, found[message.customer_id]) for n, (id_, message) in numbered]
        with print_files.folder(job, revision=1) as folder:
            letters.write(folder, sheets, blocks, paper.of_vendor(vendor))
        print_jobs.publish(folder)
        provider_id = f"job-{job.pk}"
        return [Receipt(message.dispatch_id, ReceiptState.HANDED_OVER, provider_id=provider_id) for message in batch]


def _prepare(message: Message, blocks: Blocks) -> Vendor:
    """Whatever may speak against all letters alike is found out before there is a job."""
    vendor = vendors.taking_orders(message.settings)
    try:
        for language in content_blocks.languages(blocks):
            render.compile_letter(blocks, language)
    except ContentError as error:
        raise ChannelError(f"the content cannot be printed: {error}", permanent=True, code="content") from error
    return vendor


def _option(message: Message) -> int:
    return message.option_id
