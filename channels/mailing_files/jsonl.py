"""JSON lines: one object a row, in UTF-8, its members in the order of the columns; numbers as numbers."""

from psycopg import sql

from .packing import Sink
from .tables import NUMBERS, Table

MEDIA_TYPE = "application/jsonl"
# JSON never holds these two control characters as they are, so COPY has nothing to quote, and lines are the JSON itself.
OPTIONS = sql.SQL("(FORMAT csv, ENCODING 'UTF8', QUOTE E'\\x01', DELIMITER E'\\x02')")
ROWS = "SELECT row_to_json(said) FROM (SELECT {columns} FROM ({rows}) told) said"


def write(sink: Sink, table: Table) -> None:
    columns = [
        sql.SQL("nullif({0}, '')::bigint AS {0}" if name in NUMBERS else "{}").format(sql.Identifier(name))
        for name in table.columns
    ]
    query = sql.SQL(ROWS).format(columns=sql.SQL(", ").join(columns), rows=table.query)
    for batch in table.copy(OPTIONS, query):
        sink.write(b"".join(batch))
        sink.rows += len(batch)
