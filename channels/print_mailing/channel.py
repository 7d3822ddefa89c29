"""Addressed letters: a mailing file and the letters as PDF, which a print vendor pulls by API."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from campaigns import blocks as content_blocks
from campaigns.blocks import ContentError

from .. import postage, print_jobs, vendors
from ..base import Channel, ChannelError, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from ..models import Dispatch, Vendor
from ..print_jobs import finishing, gathering
from . import addresses, letters, render

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
        """Each option has a job that gathers letters until nothing more comes; they are set when it is complete."""
        messages = list(messages)
        answers: dict[int, Answer] = {}
        for option_id, batch in groupby(sorted(messages, key=_option), key=_option):
            for answer in self._order(list(batch), blocks[option_id]):
                answers[answer.dispatch_id if isinstance(answer, Receipt) else answer[0]] = answer
        yield from (answers[message.dispatch_id] for message in messages)

    def recorded(self, wave_ids: Collection[int]) -> None:
        finishing.finish_waves(self.name, wave_ids)

    def apart(self, dispatch_ids: Sequence[int]) -> Iterable[Sequence[int]]:
        return [of_job for _, of_job in print_jobs.by_job(dispatch_ids)]

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
            yield from self._gather(to_print, found, blocks, vendor)

    def _gather(self, batch: list[Message], found: Found, blocks: Blocks, vendor: Vendor) -> list[Receipt]:
        wave_id, option_id = batch[0].wave_id, batch[0].option_id
        contents = letters.contents_of(wave_id, option_id).values()
        columns = letters.columns(contents or [blocks], is_bundled=bool(batch[0].settings.get("product")))
        job = gathering.gathering(gathering.Order(vendor, wave_id, option_id, self.name, columns))
        variants = dict(
            Dispatch.objects.filter(pk__in=[message.dispatch_id for message in batch]).values_list("pk", "variant")
        )
        content = letters.as_text(blocks)
        items = []
        for message in batch:
            address = found[message.customer_id]
            items.append(
                gathering.NewItem(
                    place=_place(address),
                    cells=letters.cells(message, address, job.spec["columns"], blocks=blocks),
                    dispatch_id=message.dispatch_id,
                    variant=variants[message.dispatch_id],
                    fields=letters.kept_fields(message, content),
                )
            )
        gathering.add(job, items)
        provider_id = f"job-{job.pk}"
        return [Receipt(message.dispatch_id, ReceiptState.HANDED_OVER, provider_id=provider_id) for message in batch]


def _prepare(message: Message, blocks: Blocks) -> Vendor:
    """Whatever may speak against all letters alike is found out before there is a job."""
    vendor = vendors.taking_orders(message.settings)
    postage.refuse_expired(blocks, message.settings, channel=PrintMailingChannel.name)
    try:
        for language in content_blocks.languages(blocks):
            render.compile_letter(blocks, language)
    except ContentError as error:
        raise ChannelError(f"the content cannot be printed: {error}", permanent=True, code="content") from error
    return vendor


def _option(message: Message) -> int:
    return message.option_id


def _place(address: addresses.Address) -> gathering.Place:
    return gathering.Place(address.country, address.postcode, address.city, address.street, address.name)
