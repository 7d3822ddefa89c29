"""Rows that stand in no job, so that formats can be tried with whatever a cell may hold."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from channels.mailing_files.packing import AS_IT_IS, Packing, Sink
from channels.mailing_files.tables import Table


@dataclass(frozen=True)
class Rows(Table):
    """A table with these cells."""

    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def query(self) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        arrays = sql.SQL(", ").join(sql.SQL("{}::text[]").format(sql.Literal(list(c))) for c in self._columns())
        return sql.SQL("SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS t({names}, n) ORDER BY n").format(
            names=names, arrays=arrays
        )

    def _columns(self) -> list[list[str]]:
        return [[row[place] for row in self.cells] for place in range(len(self.columns))]


def rows(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Rows:
    return Rows(0, tuple(columns), 1, len(cells), tuple(map(tuple, cells)))


def written(module, table: Table, packing: Packing = AS_IT_IS, **options) -> tuple[bytes, Sink]:
    """What a format makes of it."""
    target = io.BytesIO()
    sink = Sink(target, packing)
    module.write(sink, table, **options)
    sink.close()
    return target.getvalue(), sink
