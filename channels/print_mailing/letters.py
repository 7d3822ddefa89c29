"""What a print vendor is told of a letter, and the letters themselves in PDF bundles.

docs/vendor-api.md describes every column. Bundle n holds the sequences of its three hundred, so a withdrawal touches only
the bundles of those who withdrew.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from campaigns import blocks as content_blocks
from campaigns import languages, personalise, placeholders, salutation
from campaigns.blocks import ContentError
from campaigns.models import WaveContent

from ..base import ChannelError, Message
from ..mailing_files.columns import ADDRESS, BUNDLES, LETTERS, LINES
from ..mailing_files.packing import AS_IT_IS, Packing
from ..mailing_files.tables import stored_columns
from ..models import FileKind, MailingFile, PrintItemState, PrintJob, PrintPart, PrintRow
from ..print_files import create, location
from . import pages, paper, render
from .addresses import Address
from .setting import Bundle

BUNDLE = render.BUNDLE
OWN_COLUMNS = {"coupon_code"}  # has one already
CHANNEL = "print_mailing"
SURROUNDINGS = (OSError, MemoryError)  # for which no letter is to blame
MOST_TRIES = 3  # of a bundle that crashes, before the letter that does it is looked for
UNPRINTED = {"unsubscribe_url", "open_pixel_url", "links", "attributes"}
Blocks = Sequence[Mapping[str, Any]]
Misfits = Callable[[PrintJob, dict[int, str]], None]


def columns(contents: Iterable[Blocks], *, is_bundled: bool = False) -> tuple[str, ...]:
    """Of the vendor's file, for letters with any of these contents. `is_bundled`: sorted for bulk postage."""
    names = {name for blocks in contents for name in personal_fields(blocks)}
    return (*LETTERS, *(BUNDLES if is_bundled else ()), *(f"field_{name}" for name in sorted(names)))


def personal_fields(blocks: Blocks) -> list[str]:
    """Names of the personal fields that the letter uses; the vendor gets no others."""
    texts = (
        block.get(name, "")
        for language in content_blocks.languages(blocks)
        for block in content_blocks.for_channel(blocks, CHANNEL, language)
        for name, field in content_blocks.BLOCK_TYPES[block["type"]].fields.items()
        if field.is_templated
    )
    used = {placeholder.field for text in texts for placeholder in placeholders.parse(text).placeholders}
    return sorted(used - OWN_COLUMNS)


def cells(message: Message, address: Address, columns: Iterable[str], *, blocks: Blocks) -> dict[str, str]:
    """What the vendor is told before the job is sorted, in the language in which the letter speaks."""
    language = languages.chosen(message.fields.get("language"), content_blocks.languages(blocks))
    fields = personalise.in_language(message.fields, language)
    lines = address.lines + ("",) * (LINES - len(address.lines))
    known = {
        **dict(zip(ADDRESS, lines, strict=True)),
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
        "salutation": greeting(fields, language),
        "coupon_code": message.coupon_code,
        "qr_link": message.fields["link"],
    }
    own = (column for column in columns if column.startswith("field_"))
    return known | {column: str(fields.get(column.removeprefix("field_")) or "") for column in own}


def greeting(fields: Mapping[str, Any], language: str) -> str:
    """As letters begin; who has no name is greeted as a company is."""
    name = {part: str(fields.get(part) or "") for part in ("title", "first_name", "last_name")}
    form = str(fields.get("form") or "") if any(name.values()) else salutation.COMPANY
    return salutation.line(form, **name, language=language)


def kept_fields(message: Message, content: str) -> dict[str, Any]:
    """What setting the letter will need. `content` is its content as text: attributes that it does not name are not kept."""
    kept = {name: value for name, value in message.fields.items() if name not in UNPRINTED and _is_kept(name, content)}
    attributes = message.fields.get("attributes") or {}
    kept["attributes"] = {name: value for name, value in attributes.items() if f"attribute_{name}" in content}
    return kept


def _is_kept(name: str, content: str) -> bool:
    is_rare = name.startswith(placeholders.ATTRIBUTE) or name == "customer_number"
    return not is_rare or name in content


def as_text(blocks: Blocks) -> str:
    return json.dumps(list(blocks), ensure_ascii=False)


def write_bundle(
    job: PrintJob, part: PrintPart, *, revision: int, packing: Packing = AS_IT_IS, misfits: Misfits | None = None
) -> list[MailingFile]:
    """The letters of a part as one PDF, and on the rows where each begins; none where nobody is left.

    A revision leaves out pages of the PDF before, where that can be read; otherwise letters are set anew. `misfits` is told
    of letters that cannot be printed, and takes them out; without it they raise ContentError.
    """
    rows = _rows(part)
    before = _before(job, part, revision)
    if rows and before:
        made = _kept(before, rows)
    else:
        rows, made = _set(job, part, rows, misfits)
    if not rows:
        return []
    name = f"letters-{part.number:04d}.pdf"
    with create(job, name, revision=revision, kind=FileKind.LETTERS, part=part.number, packing=packing) as file:
        file.write(made.pdf)
        file.rows = len(rows)
    _place(rows, name, made)
    return [file.file]


def _rows(part: PrintPart) -> list[PrintRow]:
    planned = PrintRow.objects.filter(
        item__job=part.job_id, item__sequence__range=(part.first, part.last), item__state=PrintItemState.PLANNED
    )
    return list(planned.order_by("item__sequence"))


def _before(job: PrintJob, part: PrintPart, revision: int) -> MailingFile | None:
    """The same bundle as it was last written, if that can be read: on its pages are the letters as their rows say."""
    if revision == job.revision:
        return None
    bundles = MailingFile.objects.filter(job=job, kind=FileKind.LETTERS, part=part.number, destroyed_at=None)
    last = bundles.order_by("-revision").first()
    return None if last is None or last.encryption else last


def _kept(before: MailingFile, rows: Sequence[PrintRow]) -> Bundle:
    numbers = [page for row in rows for page in range(row.first_page, row.first_page + row.pages)]
    return Bundle(pages.kept(location(before), numbers), tuple(row.pages for row in rows))


def _set(
    job: PrintJob, part: PrintPart, rows: list[PrintRow], misfits: Misfits | None
) -> tuple[list[PrintRow], Bundle | None]:
    contents = contents_of(job.wave_id, job.option_id)
    letters = {row.pk: (contents.get(row.variant) or contents[0], letter_fields(row, job)) for row in rows}
    sheet = paper.of_vendor(job.vendor)
    try:
        return rows, render.mixed(list(letters.values()), sheet) if rows else None
    except OSError as error:
        raise ChannelError(f"letters cannot be set: {error.strerror}", permanent=False) from error
    except MemoryError:
        raise
    except Exception as error:
        is_crash = not isinstance(error, ContentError)
        if misfits is None or (is_crash and part.tries < MOST_TRIES):
            raise
        wrong = _misfits(letters, Exception if is_crash else ContentError)
        if not wrong:
            raise
        misfits(job, wrong)
        left = [row for row in rows if row.pk not in wrong]
        return left, render.mixed([letters[row.pk] for row in left], sheet) if left else None


def contents_of(wave_id: int, option_id: int) -> dict[int, Blocks]:
    """What an option sends, by variant."""
    fixed = WaveContent.objects.filter(wave_id=wave_id, option_id=option_id).select_related("version")
    return {content.variant: content.version.blocks for content in fixed}


def letter_fields(row: PrintRow, job: PrintJob) -> dict[str, Any]:
    """What a letter's placeholders and its address window may use."""
    return with_address(row.fields, dict(zip(stored_columns(job.spec["columns"]), row.cells, strict=True)))


def with_address(fields: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    return dict(fields) | {"address_lines": [line for name in ADDRESS if (line := stored[name])]}


def _misfits(letters: Mapping[int, tuple[Blocks, Any]], kind: type[Exception]) -> dict[int, str]:
    """Items whose letters cannot be set, found by halving: mostly there are few."""
    try:
        render.mixed(list(letters.values()))
    except SURROUNDINGS:
        raise
    except kind as error:
        if len(letters) == 1:
            why = error if isinstance(error, ContentError) else type(error).__name__
            return {next(iter(letters)): f"the letter cannot be printed: {why}"}
        ids = list(letters)
        halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
        first, second = ({id_: letters[id_] for id_ in half} for half in halves)
        return _misfits(first, kind) | _misfits(second, kind)
    return {}


PLACE = """
    UPDATE channels_printrow r SET document = %(name)s, first_page = t.first, pages = t.pages
    FROM unnest(%(ids)s::bigint[], %(firsts)s::int[], %(pages)s::int[]) AS t(id, first, pages) WHERE r.item_id = t.id
"""


def _place(rows: Sequence[PrintRow], name: str, made: Bundle) -> None:
    params = {"name": name, "ids": [row.pk for row in rows], "firsts": made.first_pages, "pages": list(made.pages)}
    with connection.cursor() as cursor:
        cursor.execute(PLACE, params)
