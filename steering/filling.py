"""Arrays become rows of a table: binary COPY, block by block, with no Python object for any row.

The format is that of https://www.postgresql.org/docs/current/sql-copy.html: for each field its length and its bytes, a
length of -1 for NULL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection

ROWS_AT_ONCE = 20_000
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COUNT_WIDTH = 2  # bytes before the fields of a row: how many there are
LENGTH_WIDTH = 4  # bytes before a field: how long it is
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
BIGINT_OID = 20


@dataclass(frozen=True, eq=False)
class Repeated:
    """A column of few different values: each as bytes in PostgreSQL's binary format, None for NULL."""

    values: Sequence[bytes | None]
    which: np.ndarray  # (n,) index into `values`

    def __getitem__(self, rows: slice) -> "Repeated":
        return Repeated(self.values, self.which[rows])

    def __len__(self) -> int:
        return len(self.which)


# Numbers or truth values (n,), masked where NULL.
Column = np.ndarray | Repeated


def fill(table: str, columns: Mapping[str, Column]) -> None:
    """Append a row for each place of the columns, by name. Arrays must be of the table's types, int64 for bigint,
    float64 for double precision, bool for boolean: anything else is an error of psycopg."""
    fill_blocks(table, columns, blocks(list(columns.values())))


def fill_blocks(table: str, names: Iterable[str], made: Iterable[bytes]) -> None:
    """Append rows that `blocks` has made of columns of these names."""
    listed = ", ".join(map(connection.ops.quote_name, names))
    statement = f"COPY {connection.ops.quote_name(table)} ({listed}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        for block in made:
            copy.write(block)
        copy.write(TRAILER)


def blocks(columns: Sequence[Column]) -> Iterator[bytes]:
    """The rows without header and trailer, some at a time."""
    for first in range(0, len(columns[0]), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        yield _block([column[rows] for column in columns])


def text(value: str) -> bytes:
    return value.encode()


def bigint(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)


def bigint_array(values: Sequence[int]) -> bytes:
    """Dimensions, no NULL among them, type of the elements, for the one dimension its length and where it begins."""
    header = (1, 0, BIGINT_OID, len(values), 1) if values else (0, 0, BIGINT_OID)
    return b"".join(number.to_bytes(4, "big") for number in header) + b"".join(map(_element, values))


def moment(value: datetime) -> bytes:
    return bigint((value - EPOCH) // timedelta(microseconds=1))


def _block(columns: Sequence[Column]) -> bytes:
    """Fields lie row by row, though they are made column by column: their widths say where each begins."""
    pieces = [list(_pieces(column)) for column in columns]
    widths = np.empty((len(columns[0]), len(columns)), dtype=np.int64)
    for number, column in enumerate(pieces):
        for rows, fields in column:
            widths[rows, number] = fields.shape[-1]
    ends = np.cumsum(COUNT_WIDTH + widths.sum(axis=1))
    begins = ends - widths.sum(axis=1)
    starts = begins[:, None] + np.cumsum(widths, axis=1) - widths
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    out[begins - 2], out[begins - 1] = divmod(len(columns), 256)
    for number, column in enumerate(pieces):
        for rows, fields in column:
            out[starts[rows, number][:, None] + np.arange(fields.shape[-1])] = fields
    return out.tobytes()


def _pieces(column: Column) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows (k,) with their fields as bytes, of one width: (k, width), or (width,) where all are the same."""
    if isinstance(column, Repeated):
        for number in np.unique(column.which):
            value = column.values[number]
            field = NULL if value is None else len(value).to_bytes(LENGTH_WIDTH, "big") + value
            yield np.flatnonzero(column.which == number), np.frombuffer(field, dtype=np.uint8)
        return
    is_null = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if is_null.any():
        yield np.flatnonzero(is_null), np.frombuffer(NULL, dtype=np.uint8)
    rows = np.flatnonzero(~is_null)
    yield rows, _fields(values[rows])


def _fields(values: np.ndarray) -> np.ndarray:
    """(n,) numbers as (n, width) bytes: each with its length before it."""
    size = values.dtype.itemsize
    fields = np.empty((len(values), LENGTH_WIDTH + size), dtype=np.uint8)
    fields[:, :LENGTH_WIDTH] = (0, 0, 0, size)
    fields[:, LENGTH_WIDTH:] = values.astype(values.dtype.newbyteorder(">")).view(np.uint8).reshape(len(values), size)
    return fields


def _element(value: int) -> bytes:
    return b"\x00\x00\x00\x08" + bigint(value)
