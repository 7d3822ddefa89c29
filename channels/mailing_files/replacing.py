"""Characters that a file format or encoding lacks, and what stands for them. Every one is reported: row, column, what, by what."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from anyascii import anyascii

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)  # in XML 1.0, where not even a reference may say them
INSTEAD = "\ufffd"


@dataclass(frozen=True)
class Replaced:
    """One character of one cell. `row` counts the file's rows from 1, without a header."""

    row: int
    column: str
    character: str
    by: str

    @property
    def line(self) -> tuple[object, ...]:
        return self.row, self.column, f"U+{ord(self.character):04X}", self.by


Note = Callable[[Replaced], None]


def unnoted(_: Replaced) -> None:
    """For those who do not want to know."""


def for_encoding(cell: str, encoding: str) -> Iterator[tuple[str, str]]:
    """The cell character by character, each with what the encoding has for it: itself, its base letter, Latin letters, or ?"""
    for character in unicodedata.normalize("NFC", cell):
        yield character, character if _fits(character, encoding) else _nearest(character, encoding)


def _nearest(character: str, encoding: str) -> str:
    if unicodedata.category(character) == "Cf":  # nobody sees it, so nothing stands for it
        return ""
    base = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    if _fits(base, encoding) and (base or unicodedata.combining(character)):
        return base
    return anyascii(character) or "?"


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def without_forbidden(cell: str, row: int, column: str, note: Note) -> str:
    """As XML can hold it."""
    if not FORBIDDEN.search(cell):
        return cell
    for found in FORBIDDEN.findall(cell):
        note(Replaced(row, column, found, INSTEAD))
    return FORBIDDEN.sub(INSTEAD, cell)
