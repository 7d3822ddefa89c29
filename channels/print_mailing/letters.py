"""A mailing's files: letters.csv, one row a letter, and the letters themselves in PDF bundles.

docs/vendor-api.md describes every column. Bundle n holds the sequences of its three hundred, so a withdrawal touches
only the bundles of those who withdrew; the others are carried over as they are.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

from campaigns import blocks as content_blocks
from campaigns import personalise
from campaigns.blocks import ContentError

from ..base import Message
from ..models import MailingFile, PrintJob
from ..print_files import PDF_TYPE, Folder, location, read_csv
from . import pages, render
from .addresses import LINES, Address
from .paper import PAPER, Paper

CSV_NAME = "letters.csv"
BUNDLE = render.BUNDLE
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
    "pdf_pages",
)
OWN_COLUMNS = {"coupon_code"}  # has one already
CHANNEL = "print_mailing"
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


def write(folder: Folder, letters: Sequence[Letter], blocks: Blocks, paper: Paper = PAPER) -> None:
    """All files of a job's first revision."""
    names = personal_fields(blocks)
    rows = [row for bundle in _bundles(letters) for row in _write_bundle(folder, bundle, blocks, paper, names)]
    _write_csv(folder, rows, [*COLUMNS, *(f"field_{name}" for name in names)])


def revise(job: PrintJob, folder: Folder, left: Collection[int]) -> None:
    """The files of the next revision, with these sequences only: nobody's letter is set anew, pages are left out."""
    before = {file.name: file for file in MailingFile.objects.filter(job=job, revision=job.revision)}
    old_rows = list(read_csv(before[CSV_NAME]))
    rows: list[Row] = []
    for name, bundle in groupby(old_rows, key=lambda row: row["pdf_file"]):
        all_rows = list(bundle)
        staying = [row for row in all_rows if int(row["sequence"]) in left]
        if len(staying) == len(all_rows):
            folder.carry_over(before[name])
        elif staying:
            data = pages.kept(location(before[name]), [page for row in staying for page in _pages_of(row)])
            folder.add(name, data, media_type=PDF_TYPE, rows=len(staying))
        rows += _numbered_anew(staying)
    _write_csv(folder, rows, list(old_rows[0]))


def _pages_of(row: Row) -> range:
    return range(int(row["pdf_page"]), int(row["pdf_page"]) + int(row["pdf_pages"]))


def _numbered_anew(rows: Sequence[Row]) -> list[Row]:
    starts = accumulate((int(row["pdf_pages"]) for row in rows), initial=1)
    return [row | {"pdf_page": start} for row, start in zip(rows, starts)]  # noqa: B905 - the last start is the end


def personal_fields(blocks: Blocks) -> list[str]:
    """Names of the personal fields that the letter uses; the vendor gets no others."""
    texts = (
        block.get(name, "")
        for language in content_blocks.languages(blocks)
        for block in content_blocks.for_channel(blocks, CHANNEL, language)
        for name, field in content_blocks.BLOCK_TYPES[block["type"]].fields.items()
        if field.is_templated
    )
    used = {placeholder.field for text in texts for placeholder in personalise.parse(text).placeholders}
    return sorted(used - OWN_COLUMNS)


def misfits(people: Sequence[tuple[Message, Address]], blocks: Blocks) -> dict[int, ContentError]:
    """Dispatches whose letters cannot be set, found by halving: mostly there are none, and that takes one try."""
    try:
        render.bundle(blocks, [fields_of(message, address) for message, address in people])
    except ContentError as error:
        if len(people) == 1:
            return {people[0][0].dispatch_id: error}
        middle = len(people) // 2
        return misfits(people[:middle], blocks) | misfits(people[middle:], blocks)
    return {}


def _bundles(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    for _, bundle in groupby(letters, key=lambda letter: bundle_of(letter.sequence)):
        yield list(bundle)


def _write_bundle(
    folder: Folder, letters: Sequence[Letter], blocks: Blocks, paper: Paper, names: Sequence[str]
) -> list[Row]:
    name = f"letters-{bundle_of(letters[0].sequence):04d}.pdf"
    made = render.bundle(blocks, [fields_of(letter.message, letter.address) for letter in letters], paper)
    folder.add(name, made.pdf, media_type=PDF_TYPE, rows=len(letters))
    return [
        _row(letter, names) | {"pdf_file": name, "pdf_page": first, "pdf_pages": number}
        for letter, first, number in zip(letters, made.first_pages, made.pages, strict=True)
    ]


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


def _write_csv(folder: Folder, rows: Sequence[Row], header: Sequence[str]) -> None:
    folder.add_csv(CSV_NAME, header, ([row[column] for column in header] for row in rows))
