"""A file looked at before anything is known about it: its columns, a few cells of each, and how it is written."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from . import convert, readers
from .errors import CellError, ImportRefused
from .readers import Row

ROWS = 200
SAMPLES = 3
LONGEST_SAMPLE = 40
MOST_COLUMNS = 300
BLOCK = 1 << 20
# How dates are written: what a person reads, how a whole cell looks, and its format.
DATES = {
    "iso": ("2026-03-31", re.compile(r"\d{4}-\d\d?-\d\d?.*"), ""),
    "german": ("31.03.2026", re.compile(r"\d\d?\.\d\d?\.\d{4}.*"), "%d.%m.%Y"),
    "british": ("31/03/2026", re.compile(r"\d\d?/\d\d?/\d{4}.*"), "%d/%m/%Y"),
    "american": ("03/31/2026", re.compile(r"\d\d?/(1[3-9]|2\d|3[01])/\d{4}.*"), "%m/%d/%Y"),
}
COMMA_BEFORE_FRACTION = re.compile(r"[+-]?[\d.]*\d,\d{1,2}(\s?(€|EUR))?")


@dataclass(frozen=True)
class Column:
    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """`encoding` as mappings have it, `dates` a key of DATES, `decimal` a point or a comma."""

    columns: tuple[Column, ...]
    encoding: str
    dates: str
    decimal: str


def look(path: Path, *, name: str, saved: Mapping[str, Any] | None = None) -> Look:
    """`name`: the file's own, whose ending says what it is, unless a `saved` mapping does, which also names the sheet.

    Raises ImportRefused for a file that cannot be read.
    """
    encoding = encoding_of(path)
    rows = islice(readers.rows(path, {**(saved or {}), "encoding": encoding}, needed=set(), name=name), ROWS)
    cells = _cells(rows)
    if not cells:
        raise ImportRefused("the file has no rows that can be read")
    if len(cells) > MOST_COLUMNS:
        raise ImportRefused(f"the file has more than {MOST_COLUMNS} columns")
    columns = tuple(Column(header, tuple(found)[:SAMPLES]) for header, found in cells.items())
    everything = [cell for found in cells.values() for cell in found]
    return Look(columns, encoding, _dates(everything), _decimal(everything))


def encoding_of(path: Path) -> str:
    """UTF-8 if all of the file is; else what spreadsheets in Western Europe write."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _cells(rows: Iterable[Row]) -> dict[str, dict[str, None]]:
    """Different texts of each column, in the order of the file; rows that cannot be read say nothing."""
    found: dict[str, dict[str, None]] = {}
    for _, row in rows:
        if isinstance(row, dict):
            for header, cell in row.items():
                if header:
                    found.setdefault(header, {}).update(dict.fromkeys(_written(cell)))
    return found


def _written(cell: Any) -> Iterator[str]:
    try:
        text = "" if cell is None else convert.text(cell)
    except CellError:
        text = "…"
    if text:
        yield text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…"


def _dates(cells: list[str]) -> str:
    """The way that fits most cells; of two that do, the one that is told from the other by days above twelve."""
    counts = {key: sum(bool(pattern.fullmatch(cell)) for cell in cells) for key, (_, pattern, _) in DATES.items()}
    if counts["american"]:
        return "american"
    return max(counts, key=counts.__getitem__)


def _decimal(cells: list[str]) -> str:
    return "," if any(COMMA_BEFORE_FRACTION.fullmatch(cell) for cell in cells) else "."
