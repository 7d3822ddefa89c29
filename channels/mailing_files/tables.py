"""The rows of a print job as one query: some columns are places in its files, the others were stored at hand-over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection
from psycopg import sql

# Columns that are known only once the job is sorted and its letters are set.
PLACES = {
    "item_id": "i.id::text",
    "sequence": "i.sequence::text",
    "pdf_file": "r.document",
    "pdf_page": "coalesce(r.first_page::text, '')",
    "pdf_pages": "coalesce(r.pages::text, '')",
    "leaflet_file": "r.document",
    "bundle": "coalesce(r.bundle::text, '')",
    "container": "coalesce(r.container::text, '')",
}
NUMBERS = {
    "item_id",
    "sequence",
    "pdf_page",
    "pdf_pages",
    "households",
    "refusing_households",
    "quantity",
    "bundle_size",
    "full_bundles",
    "rest",
    "bundle",
    "container",
}
ROWS_AT_ONCE = 256  # fewer than the objects after which Python looks for garbage, which takes longer than all the rest
ROWS = """
    SELECT {columns} FROM channels_printitem i JOIN channels_printrow r ON r.item_id = i.id
    WHERE i.job_id = {job} AND i.sequence BETWEEN {first} AND {last} AND i.state = 'planned' ORDER BY i.sequence
"""


@dataclass(frozen=True)
class Table:
    """Some sequences of a job. Every cell is text; none is missing."""

    job_id: int
    columns: tuple[str, ...]
    first: int
    last: int

    @property
    def query(self) -> sql.Composed:
        stored = {name: place for place, name in enumerate(stored_columns(self.columns), 1)}
        cells = [
            sql.SQL("{} AS {}").format(
                sql.SQL(PLACES[name]) if name in PLACES else sql.SQL("r.cells[{}]").format(sql.Literal(stored[name])),
                sql.Identifier(name),
            )
            for name in self.columns
        ]
        return sql.SQL(ROWS).format(
            columns=sql.SQL(", ").join(cells),
            job=sql.Literal(self.job_id),
            first=sql.Literal(self.first),
            last=sql.Literal(self.last),
        )

    def copy(self, options: sql.Composable, query: sql.Composable | None = None) -> Iterator[list[bytes]]:
        """What PostgreSQL's COPY says, some rows at a time."""
        statement = sql.SQL("COPY ({}) TO STDOUT {}").format(query or self.query, options)
        with connection.cursor() as cursor, cursor.copy(statement) as rows:
            lines = iter(rows)
            while batch := list(islice(lines, ROWS_AT_ONCE)):
                yield batch

    def rows(self) -> Iterator[tuple[str, ...]]:
        with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY ({}) TO STDOUT").format(self.query)) as rows:
            yield from rows.rows()


@dataclass(frozen=True)
class Given(Table):
    """A table of these cells, which stand in no job."""

    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def query(self) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        arrays = sql.SQL(", ").join(
            sql.SQL("{}::text[]").format(sql.Literal([row[place] for row in self.cells]))
            for place in range(len(self.columns))
        )
        return sql.SQL("SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS t({names}, n) ORDER BY n").format(
            names=names, arrays=arrays
        )


def stored_columns(columns: Sequence[str]) -> list[str]:
    """Those that a row keeps in its `cells`, in this order."""
    return [name for name in columns if name not in PLACES]
