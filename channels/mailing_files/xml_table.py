"""XML: one <row> a row, one element a column. What XML 1.0 cannot say is replaced, and reported."""

from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape

from .packing import Sink
from .replacing import Note, unnoted, without_forbidden
from .tables import Table

MEDIA_TYPE = "application/xml"
ROWS_AT_ONCE = 500
RETURN = {"\r": "&#13;"}  # a reader would make a new line of it


def write(sink: Sink, table: Table, *, note: Note = unnoted) -> None:
    sink.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n')
    rows = _rows(table, note)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        sink.write("".join(batch).encode())
        sink.rows += len(batch)
    sink.write(b"</rows>\n")


def _rows(table: Table, note: Note) -> Iterator[str]:
    for number, cells in enumerate(table.rows(), 1):
        said = (
            f"<{column}>{text(cell, number, column, note)}</{column}>"
            for column, cell in zip(table.columns, cells, strict=True)
        )
        yield f"<row>{''.join(said)}</row>\n"


def text(cell: str, row: int, column: str, note: Note) -> str:
    """Of a cell, as it stands in XML."""
    return escape(without_forbidden(cell, row, column, note), RETURN)
