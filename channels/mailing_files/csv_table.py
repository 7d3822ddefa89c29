"""CSV after RFC 4180: CRLF, quotes where needed, one header line, cells as they are. PostgreSQL writes it, we pass it on."""

from itertools import islice

from psycopg import sql

from .packing import Sink
from .tables import Table

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
ROWS_AT_ONCE = 1000
# No cell is NULL, so what stands for it makes no difference but this: an empty cell need not be quoted.
OPTIONS = sql.SQL(r"(FORMAT csv, HEADER true, ENCODING 'UTF8', NULL '\N')")


def write(sink: Sink, table: Table) -> None:
    lines = iter(table.copy(OPTIONS))
    while batch := list(islice(lines, ROWS_AT_ONCE)):
        sink.write(_with_crlf(batch))
        sink.rows += len(batch)
    sink.rows -= 1  # the header


def _with_crlf(lines: list[bytes]) -> bytes:
    """Each of them is a row that ends with LF; there may be others within its cells, which stay."""
    text = b"".join(lines)
    if text.count(b"\n") == len(lines):
        return text.replace(b"\n", b"\r\n")
    return b"".join(bytes(line[:-1]) + b"\r\n" for line in lines)
