"""XLSX sheets as lines of cells, read as a stream; archives that would burst the machine are refused unopened."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from .errors import ImportRefused

MOST_UNPACKED = 1_000_000_000
MOST_STRINGS = 200_000_000  # shared strings are held in memory
MOST_RATIO = 250  # sheets of repeated numbers reach 100
MOST_FILES = 1_000
MOST_ROWS = 1_048_576  # of a sheet; one that claims more would be filled up with blank lines for ever
ZEROS = re.compile("0{2,20}")
# What zipfile and openpyxl raise for archives and sheets that are not what they should be; encrypted ones too.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def lines(path: Path, *, sheet: str | None) -> Iterator[list[Any] | str]:
    """The lines of one sheet (the first unless named). A line with a formula is a reason instead."""
    _check_archive(path)
    with path.open("rb") as file:  # of a path openpyxl would read only those that end as it likes
        yield from _of_book(file, sheet)


def _of_book(file: BinaryIO, sheet: str | None) -> Iterator[list[Any] | str]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
    except BROKEN as error:
        raise ImportRefused("the file is not a proper XLSX workbook") from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise ImportRefused(f"the workbook has no sheet {sheet!r}")
        if not book.worksheets:
            raise ImportRefused("the workbook has no sheet")
        yield from _lines(book[sheet] if sheet else book.worksheets[0])
    finally:
        book.close()


def _lines(sheet: Any) -> Iterator[list[Any] | str]:
    """Lines are as wide as the first one: a sheet's width counts cells that only have a colour."""
    width = 0
    try:
        for number, cells in enumerate(sheet.iter_rows()):
            if number >= MOST_ROWS:
                raise ImportRefused(f"the sheet claims more than {MOST_ROWS} rows")
            line = [_value(cell) for cell in cells]
            while line and line[-1] is None and len(line) > width:
                line.pop()
            width = width or len(line)
            line += [None] * (width - len(line))
            yield "contains a formula; save values instead" if any(cell.data_type == "f" for cell in cells) else line
    except BROKEN as error:
        raise ImportRefused("the sheet is not proper XML") from error


def _value(cell: Any) -> Any:
    """A number that is shown with leading zeros, as postcodes are, is what is shown."""
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and ZEROS.fullmatch(cell.number_format or ""):
        return str(value).zfill(len(cell.number_format))
    return value


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            files = archive.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise ImportRefused("the file is not a proper XLSX workbook") from error
    unpacked = sum(file.file_size for file in files)
    strings = sum(file.file_size for file in files if file.filename.lower().endswith("sharedstrings.xml"))
    if len(files) > MOST_FILES or unpacked > MOST_UNPACKED or strings > MOST_STRINGS:
        raise ImportRefused("the workbook is too large; export it as CSV")
    if unpacked > 10_000_000 and unpacked > MOST_RATIO * path.stat().st_size:
        raise ImportRefused("the workbook unpacks to suspiciously much")
