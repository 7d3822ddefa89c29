"""Content as letters: A4 after DIN 5008, with address window, date, offer, and a QR code with a personal link."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from campaigns import blocks as content_blocks
from campaigns import languages, personalise, placeholders

from .. import printable
from ..base import Rendition
from ..compiled import Blocks, Brand, Fields, Marks, candidates, one_for_all, per_content
from ..typeset import Sheet, runs, sheet
from . import setting
from .paper import PAPER, Paper
from .setting import Bundle

BUNDLE = 300  # letters in one PDF: they take some 90 MB while they are set, and starting to set a tenth of the time
PICTURE_PPI = 110
# As long as they get, to see what fits.
SAMPLE = personalise.sample_fields() | {
    "link": "https://steering.example.com/r/" + "x" * 40,
    "sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin",
    "address_lines": ["Frau Prof. Dr. Maximiliane Oberhauser-Lindner", "Musterstraße 1", "10115 Berlin"],
}


@dataclass(frozen=True)
class Letter:
    sheet: Sheet
    warnings: tuple[str, ...]
    pages: int = 1  # of the made-up person's


def render(blocks: Blocks, fields: Fields) -> Rendition:
    """The letter of one person. `fields["address_lines"]` is what stands in the window."""
    ((letter, _),) = _of_people(blocks, [fields])
    return Rendition({"pdf": bundle(blocks, [fields]).pdf}, letter.warnings)


def letters(blocks: Blocks, list_of_fields: Sequence[Fields]) -> bytes:
    """One PDF with all letters in the order of their people."""
    return bundle(blocks, list_of_fields).pdf


def bundle(blocks: Blocks, list_of_fields: Sequence[Fields], paper: Paper = PAPER) -> Bundle:
    """The same, and how many pages each letter has. Raises ContentError for a letter that cannot be printed."""
    return mixed([(blocks, fields) for fields in list_of_fields], paper)


def mixed(letters: Sequence[tuple[Blocks, Fields]], paper: Paper = PAPER) -> Bundle:
    """The same of letters with different contents."""
    people = [pair for blocks, some in _by_content(letters) for pair in _of_people(blocks, some)]
    likely = max(letter.pages for letter, _ in people)
    return setting.set_letters([(letter.sheet, fields) for letter, fields in people], paper, likely=likely)


def _by_content(letters: Sequence[tuple[Blocks, Fields]]) -> Iterator[tuple[Blocks, list[Fields]]]:
    """Those that follow each other and have the same content."""
    for _, run in groupby(letters, key=lambda letter: id(letter[0])):
        pairs = list(run)
        yield pairs[0][0], [fields for _, fields in pairs]


def stream(
    blocks: Blocks, people: Iterable[Fields], paper: Paper = PAPER, *, letters_each: int = BUNDLE
) -> Iterator[Bundle]:
    """Any number of letters as PDFs of so many letters each, one after the other: memory does not grow with people."""
    people = iter(people)
    while chunk := list(islice(people, letters_each)):
        yield bundle(blocks, chunk, paper)


def picture(blocks: Blocks, fields: Fields) -> bytes:
    """The letter's first page as PNG, for previews."""
    ((letter, fields),) = _of_people(blocks, [fields])
    return setting.picture(letter.sheet, fields, PICTURE_PPI)


def _of_people(blocks: Blocks, list_of_fields: Sequence[Fields]) -> list[tuple[Letter, Fields]]:
    """Each in the person's language where the content exists in it."""
    spoken = content_blocks.languages(blocks)
    made: dict[str, Letter] = {}
    people = []
    for fields in list_of_fields:
        language = languages.chosen(fields.get("language"), spoken)
        if language not in made:
            made[language] = compile_letter(blocks, language)
        people.append((made[language], personalise.in_language(fields, language)))
    return people


@per_content("print_mailing")
def compile_letter(blocks: list[dict[str, Any]], own: Brand) -> Letter:
    """Laid out once with a made-up person with long names, so that what does not fit is found before anything is sent."""
    headlines = one_for_all(blocks, "headline", "a letter needs a headline, which is its subject")
    printable.check_blocks(blocks)
    calls = candidates(blocks, "call_to_action")
    marks = Marks()
    made = sheet(
        setting.TEMPLATE,
        blocks,
        own,
        marks,
        subject=runs(marks.choice(headlines, "subject", "text")),
        subjects=[block["id"] for block in headlines],
        calls=[block["id"] for block in calls],
        greets=not _greets_itself(blocks),
    )
    pages = setting.set_letters([(made, SAMPLE)]).pages[0]
    return Letter(made, (*_unlinked(blocks, calls), *_long(pages)), pages)


def _greets_itself(blocks: Blocks) -> bool:
    """Whether a text for everybody holds the salutation already."""
    texts = [
        placeholders.parse(block["text"]) for block in blocks if block["type"] == "text" and not block.get("only_if")
    ]
    return any(placeholder.field == "salutation_line" for text in texts for placeholder in text.placeholders)


def _unlinked(blocks: Blocks, calls: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    others = [block["id"] for block in blocks if block["type"] == "call_to_action" and block not in calls]
    return (f"The letter has one QR code; it does not carry: {', '.join(others)}",) if others else ()


def _long(pages: int) -> tuple[str, ...]:
    return (f"The letter may have {pages} pages, which cost more to print and perhaps to send",) if pages > 1 else ()
