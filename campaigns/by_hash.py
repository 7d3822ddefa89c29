"""Large sets that a statement makes itself, of which PostgreSQL has no figures: joined by hash, not row by row.

No ANALYZE instead: its lock is kept until the transaction ends, so one plan would wait for another.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

SET = "SELECT set_config('enable_nestloop', %s, true)"
FEW = 1_000  # rows; for fewer an index is quicker


@contextmanager
def by_hash(*, rows: int | None = None) -> Iterator[None]:
    """Within a transaction. `rows`: about how many there are; None: many."""
    if rows is not None and rows <= FEW:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(SET, ["off"])
        yield
        cursor.execute(SET, ["on"])
