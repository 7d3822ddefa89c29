"""CSV after RFC 4180: CRLF, quotes where needed, one header line, cells as they are. PostgreSQL writes it, we pass it on."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from .packing import Sink
from .replacing import Note, Replaced, for_encoding, unnoted
from .tables import Table

MEDIA_TYPE = "text/csv"


@dataclass(frozen=True)
class Dialect:
    delimiter: str = ","
    quotes_all: bool = False
    encoding: str = "utf-8"

    def media_type(self) -> str:
        return f"{MEDIA_TYPE}; charset={self.encoding}; header=present"

    def copy_options(self) -> sql.Composed:
        # No cell is NULL, so what stands for it makes no difference but this: an empty cell need not be quoted.
        return sql.SQL(r"(FORMAT csv, ENCODING 'UTF8', NULL '\N', DELIMITER {}{})").format(
            sql.Literal(self.delimiter), sql.SQL(", FORCE_QUOTE *" if self.quotes_all else "")
        )

    def line(self, cells: Iterable[object]) -> str:
        out = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL
        csv.writer(out, delimiter=self.delimiter, quoting=quoting, lineterminator="\r\n").writerow(cells)
        return out.getvalue()


USUAL = Dialect()


def write(sink: Sink, table: Table, *, dialect: Dialect = USUAL, note: Note = unnoted) -> None:
    sink.write(dialect.line(table.columns).encode(dialect.encoding))
    for batch in table.copy(dialect.copy_options()):
        text = _with_crlf(batch)
        sink.write(text if dialect.encoding == "utf-8" else _encoded(text, batch, table, dialect, sink.rows, note))
        sink.rows += len(batch)


def _with_crlf(lines: list[bytes]) -> bytes:
    """Each of them is a row that ends with LF; there may be others within its cells, which stay."""
    text = b"".join(lines)
    if text.count(b"\n") == len(lines):
        return text.replace(b"\n", b"\r\n")
    return b"".join(bytes(line[:-1]) + b"\r\n" for line in lines)


def _encoded(text: bytes, lines: list[bytes], table: Table, dialect: Dialect, before: int, note: Note) -> bytes:
    """In another encoding; only rows with something that it lacks are taken apart."""
    try:
        return text.decode().encode(dialect.encoding)
    except UnicodeEncodeError:
        return b"".join(_row(bytes(line), row, table, dialect, note) for row, line in enumerate(lines, before + 1))


def _row(line: bytes, row: int, table: Table, dialect: Dialect, note: Note) -> bytes:
    said = line[:-1].decode()
    try:
        return said.encode(dialect.encoding) + b"\r\n"
    except UnicodeEncodeError:
        (cells,) = csv.reader(io.StringIO(said, newline=""), delimiter=dialect.delimiter, strict=True)
        noted = [_cell(cell, row, column, dialect, note) for cell, column in zip(cells, table.columns, strict=True)]
        return dialect.line(noted).encode(dialect.encoding)


def _cell(cell: str, row: int, column: str, dialect: Dialect, note: Note) -> str:
    made = list(for_encoding(cell, dialect.encoding))
    for character, by in made:
        if by != character:
            note(Replaced(row, column, character, by))
    return "".join(by for _, by in made)
