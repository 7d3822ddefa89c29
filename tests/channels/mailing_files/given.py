"""Rows that stand in no job, so that formats can be tried with whatever a cell may hold."""

import io
from collections.abc import Sequence

from channels.mailing_files.packing import AS_IT_IS, Packing, Sink
from channels.mailing_files.tables import Given, Table


def rows(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Given:
    return Given(0, tuple(columns), 1, len(cells), tuple(map(tuple, cells)))


def written(module, table: Table, packing: Packing = AS_IT_IS, **options) -> tuple[bytes, Sink]:
    """What a format makes of it."""
    target = io.BytesIO()
    sink = Sink(target, packing)
    module.write(sink, table, **options)
    sink.close()
    return target.getvalue(), sink
