"""A mailing's files: letters.csv, one row a letter, and the letters themselves in PDF bundles, one page each.

docs/vendor-api.md describes every column. Bundle n holds the sequences of its five hundred, so a withdrawal touches
only the bundles of those who withdrew; the others are carried over as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .. import recipients, registry
from ..base import Message
from ..models import MailingFile, PrintItem, PrintItemState, PrintJob
from ..print_files import PDF_TYPE, Folder, read_csv
from . import addresses, render
from .addresses import LINES, Address

CSV_NAME = "letters.csv"
BUNDLE = 500
COLUMNS = (
    "item_id",
    "sequence",
    *(f"address_{n}" for n in range(1, LINES + 1)),
    "postcode",
    "city",
    "country",
    "salutation",
    "coupon_code",
    "qr_link",
    "pdf_file",
    "pdf_page",
)
EXPRESSION = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
WORD = re.compile(r"\w+")
OWN_COLUMNS = {"coupon_code", "link", "links", "unsubscribe_url", "open_pixel_url", "sender_address"}
Blocks = Sequence[Mapping[str, Any]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Letter:
    """One letter as it is to be printed."""

    item_id: int
    sequence: int
    message: Message
    address: Address


def bundle_of(sequence: int) -> int:
    return (sequence - 1) // BUNDLE + 1


def write(folder: Folder, letters: Sequence[Letter], blocks: Blocks) -> None:
    """All files of a job's first revision."""
    names = personal_fields(blocks, letters[0].message.fields)
    rows = [row for bundle in _bundles(letters) for row in _write_bundle(folder, bundle, blocks, names)]
    _write_csv(folder, rows, names)


def rewrite(job: PrintJob, folder: Folder) -> None:
    """The files of the next revision: bundles with a withdrawn letter anew, all others as they are."""
    left = dict(PrintItem.objects.filter(job=job, state=PrintItemState.PLANNED).values_list("sequence", "dispatch_id"))
    before = MailingFile.objects.filter(job=job, revision=job.revision)
    old_rows = list(read_csv(before.get(name=CSV_NAME)))
    touched = {bundle_of(n) for row in old_rows if (n := int(row["sequence"])) not in left}
    blocks = recipients.blocks_of(job.wave_id)
    anew = _letters_again(job, {n: id_ for n, id_ in left.items() if bundle_of(n) in touched}, blocks)
    names = [name.removeprefix("field_") for name in old_rows[0] if name.startswith("field_")]
    rows: list[Row] = [row for row in old_rows if bundle_of(int(row["sequence"])) not in touched]
    for bundle in _bundles(anew):
        rows += _write_bundle(folder, bundle, blocks[job.option_id], names)
    for file in before.filter(name__in={row["pdf_file"] for row in rows} - {file.name for file in folder.written}):
        folder.carry_over(file)
    _write_csv(folder, sorted(rows, key=lambda row: int(row["sequence"])), names)


def _letters_again(job: PrintJob, left: Mapping[int, int], blocks: Mapping[int, Blocks]) -> list[Letter]:
    channel = registry.get(job.channel)
    messages = {one.dispatch_id: one for one in recipients.messages(channel, list(left.values()), blocks)}
    found = addresses.of_customers([message.customer_id for message in messages.values()])
    item_ids = dict(PrintItem.objects.filter(job=job, sequence__in=list(left)).values_list("sequence", "id"))
    return [
        Letter(item_ids[sequence], sequence, message, found[message.customer_id])
        for sequence, dispatch_id in sorted(left.items())
        for message in [messages[dispatch_id]]
    ]


def personal_fields(blocks: Blocks, fields: Mapping[str, Any]) -> list[str]:
    """Names of the personal fields that the content uses; the vendor gets no others."""
    expressions = " ".join(EXPRESSION.findall(" ".join(_texts(blocks))))
    used = set(WORD.findall(expressions)) - OWN_COLUMNS
    return sorted(name for name in fields if name in used)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _bundles(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    for _, bundle in groupby(letters, key=lambda letter: bundle_of(letter.sequence)):
        yield list(bundle)


def _write_bundle(folder: Folder, bundle: Sequence[Letter], blocks: Blocks, names: Sequence[str]) -> list[Row]:
    name = f"letters-{bundle_of(bundle[0].sequence):04d}.pdf"
    folder.add(
        name,
        render.letters(blocks, [fields_of(letter.message, letter.address) for letter in bundle]),
        media_type=PDF_TYPE,
        rows=len(bundle),
    )
    return [_row(letter, names) | {"pdf_file": name, "pdf_page": page} for page, letter in enumerate(bundle, 1)]


def fields_of(message: Message, address: Address) -> dict[str, Any]:
    """What a letter's placeholders and its address window may use."""
    return dict(message.fields) | {"address_lines": list(address.lines)}


def _row(letter: Letter, names: Sequence[str]) -> Row:
    message, address = letter.message, letter.address
    lines = address.lines + ("",) * (LINES - len(address.lines))
    return {
        "item_id": letter.item_id,
        "sequence": letter.sequence,
        **{f"address_{n}": line for n, line in enumerate(lines, 1)},
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
        "salutation": address.salutation,
        "coupon_code": message.coupon_code,
        "qr_link": message.fields["link"],
        **{f"field_{name}": message.fields.get(name, "") for name in names},
    }


def _write_csv(folder: Folder, rows: Sequence[Row], names: Sequence[str]) -> None:
    header = [*COLUMNS, *(f"field_{name}" for name in names)]
    folder.add_csv(CSV_NAME, header, ([row[column] for column in header] for row in rows))
