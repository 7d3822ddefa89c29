"""XLSX (ECMA-376) as a stream: one sheet whose cells are text, and never a formula.

Libraries collect a sheet in memory or in a file beside it, where letters of people would lie unencrypted.
"""

import re
import zipfile
from collections.abc import Iterator
from itertools import islice

from campaigns.importing.report import FORMULA

from .packing import Sink
from .replacing import Note, Replaced, unnoted
from .tables import NUMBERS, Table
from .xml_table import text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # and a header
LONGEST = 32_767  # characters of a cell
ROWS_AT_ONCE = 500
WHEN = (2000, 1, 1, 0, 0, 0)  # so that the same rows are the same bytes
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
FILES = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="rows" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Cells are of the format "text", so that whoever edits one makes no number or date of a postcode.
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # how cells write characters by number


class TooManyRowsError(ValueError):
    """More rows than a sheet has."""


def write(sink: Sink, table: Table, *, note: Note = unnoted) -> None:
    """Raises TooManyRowsError, before anything is written, where the sequences do not fit on a sheet."""
    if table.last - table.first + 1 > MOST_ROWS:
        raise TooManyRowsError(f"a sheet has at most {MOST_ROWS:,} rows")
    with zipfile.ZipFile(_Stream(sink), "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for name, content in FILES.items():
            archive.writestr(_entry(name), HEAD + content)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            rows = _rows(table, note)
            while batch := list(islice(rows, ROWS_AT_ONCE)):
                sheet.write("".join(batch).encode())
                sink.rows += len(batch)
            sheet.write(b"</sheetData></worksheet>")
    sink.rows -= 1  # the header


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _rows(table: Table, note: Note) -> Iterator[str]:
    yield _row(1, (_text(name) for name in table.columns))
    for number, cells in enumerate(table.rows(), 1):
        said = (_cell(cell, number, column, note) for column, cell in zip(table.columns, cells, strict=True))
        yield _row(number + 1, said)


def _row(number: int, cells: Iterator[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(cell: str, row: int, column: str, note: Note) -> str:
    if column in NUMBERS and cell:
        return f"<c><v>{cell}</v></c>"
    if len(cell) > LONGEST:
        note(Replaced(row, column, cell[LONGEST], f"cut after {LONGEST} characters"))
        cell = cell[:LONGEST]
    return _text(text(neutral(cell), row, column, note))


def neutral(cell: str) -> str:
    """Begins with an apostrophe where a spreadsheet might run it: at the latest when the sheet is saved as CSV."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _text(escaped: str) -> str:
    said = ESCAPED.sub("_x005F_", escaped)
    return f'<c s="1" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>'


class _Stream:
    """A target of which zipfile knows that it cannot go back in it."""

    def __init__(self, sink: Sink) -> None:
        self.write = sink.write

    def flush(self) -> None:
        """The sink minds that."""
