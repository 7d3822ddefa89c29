"""Arrays become rows of a table: binary COPY, block by block, with no Python object for any row.

The format is that of https://www.postgresql.org/docs/current/sql-copy.html: for each field its length and its bytes, a
length of -1 for NULL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection

ROWS_AT_ONCE = 20_000
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COUNT_WIDTH = 2  # bytes before the fields of a row: how many there are
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Of the elements of an array, by numpy's name of their type.
ELEMENT_OIDS = {"i2": 21, "i8": 20, "f4": 700, "f8": 701}


@dataclass(frozen=True, eq=False)
class Repeated:
    """A column of few different values: each as bytes in PostgreSQL's binary format, None for NULL."""

    values: Sequence[bytes | None]
    which: np.ndarray  # (n,) index into `values`

    def __getitem__(self, rows: slice) -> "Repeated":
        return Repeated(self.values, self.which[rows])

    def __len__(self) -> int:
        return len(self.which)


# Numbers and truth values (n,), masked where NULL; arrays of numbers (n, k), each row an array.
Column = np.ndarray | Repeated


def fill(table: str, columns: Mapping[str, Column]) -> None:
    """Append a row for each place of the columns, by name. The column of the table must be of the array's type: int64
    for bigint, float64 for double precision, and so on; float32 (n, k) for real[]."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        for block in blocks(list(columns.values())):
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
    return _array_header(len(values), "i8") + b"".join(b"\x00\x00\x00\x08" + bigint(value) for value in values)


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
            field = NULL if value is None else len(value).to_bytes(4, "big") + value
            yield np.flatnonzero(column.which == number), np.frombuffer(field, dtype=np.uint8)
        return
    is_null = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.ndim == 2:
        yield np.arange(len(values)), _arrays(values)
        return
    if is_null.any():
        yield np.flatnonzero(is_null), np.frombuffer(NULL, dtype=np.uint8)
    rows = np.flatnonzero(~is_null)
    yield rows, _fields(values[rows, None])


def _fields(values: np.ndarray) -> np.ndarray:
    """(n, k) numbers as (n, bytes): each with its length before it."""
    width = values.dtype.itemsize
    fields = np.empty((*values.shape, 4 + width), dtype=np.uint8)
    fields[..., :4] = (0, 0, 0, width)
    big_endian = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder(">"))
    fields[..., 4:] = big_endian.view(np.uint8).reshape(*values.shape, width)
    return fields.reshape(len(values), values.shape[1] * (4 + width))


def _arrays(values: np.ndarray) -> np.ndarray:
    """(n, k) numbers as (n, bytes): each row as one field, an array of PostgreSQL."""
    header = _array_header(values.shape[1], values.dtype.str[1:])
    elements = _fields(values)
    length = (len(header) + elements.shape[1]).to_bytes(4, "big")
    before = np.frombuffer(length + header, dtype=np.uint8)
    return np.hstack([np.broadcast_to(before, (len(values), before.size)), elements])


def _array_header(length: int, kind: str) -> bytes:
    """Dimensions, no NULL among them, type of the elements, and for one dimension its length and where it begins."""
    numbers = (1, 0, ELEMENT_OIDS[kind], length, 1) if length else (0, 0, ELEMENT_OIDS[kind])
    return b"".join(number.to_bytes(4, "big") for number in numbers)
