"""Rows checked in chunks: of a small file here, of a large one by all processors. Always in the order of the file."""

import json
import os
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from campaigns import pool
from campaigns.models import ImportKind

from .area_rows import AreaRows, StreetRows
from .customer_rows import CustomerRows
from .errors import RowError
from .event_rows import EventRows
from .opt_out_rows import OptOutRows
from .readers import Row
from .staging import line

CHUNK = 5_000
CHUNKS_HERE = 6  # starting processes takes longer than checking so many
CHECKERS = {
    ImportKind.CUSTOMERS: CustomerRows,
    ImportKind.EVENTS: EventRows,
    ImportKind.AREAS: AreaRows,
    ImportKind.STREETS: StreetRows,
    ImportKind.OPT_OUTS: OptOutRows,
}


@dataclass(frozen=True)
class Checked:
    """A chunk of rows, ready for COPY."""

    rows: int
    bad: int
    lines: dict[str, bytes]  # by staging table


def checked(rows: Iterable[Row], definition: dict[str, Any], *, kind: str) -> Iterator[Checked]:
    """Check all rows. Memory is bounded by a few chunks."""
    written = json.dumps(definition)
    rows = iter(rows)
    chunks = iter(lambda: list(islice(rows, CHUNK)), [])
    for chunk in islice(chunks, CHUNKS_HERE) if pool.is_allowed() else chunks:
        yield check_chunk(chunk, written, kind)
    if (first := next(chunks, None)) is not None:
        yield from _by_processes(first, chunks, written, kind)


def _by_processes(first: list[Row], rest: Iterator[list[Row]], definition: str, kind: str) -> Iterator[Checked]:
    workers = len(os.sched_getaffinity(0))
    with pool.processes(workers) as checkers:
        waiting: deque[Future[Checked]] = deque([checkers.submit(check_chunk, first, definition, kind)])
        for chunk in rest:
            waiting.append(checkers.submit(check_chunk, chunk, definition, kind))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def check_chunk(chunk: list[Row], definition: str, kind: str) -> Checked:
    """Check some rows; whatever is wrong becomes lines of problems."""
    checker = _checker(definition, kind)
    lines: dict[str, list[str]] = defaultdict(list)
    bad = 0
    for number, cells in chunk:
        try:
            if isinstance(cells, str):
                raise RowError([("row", cells)])
            for table, values in checker.check(number, cells):
                lines[table].append(line(values))
        except RowError as error:
            bad += 1
            lines["import_problem"] += [line((number, field, reason, True)) for field, reason in error.problems]
    return Checked(len(chunk), bad, {table: "".join(written).encode() for table, written in lines.items()})


@lru_cache(4)
def _checker(definition: str, kind: str) -> CustomerRows | EventRows | AreaRows | StreetRows:
    return CHECKERS[ImportKind(kind)](json.loads(definition))
