"""Indexes, foreign keys and triggers taken down while much is loaded, and built anew afterwards, as pg_restore does.

Row by row they cost three times what the rows themselves cost.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Primary keys stay: others refer to them, and ids that rise are cheap. A constraint's index is rebuilt with it.
FOUND = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid = ANY(%(tables)s::regclass[])
      AND (contype = 'f'
           OR contype = 'u' AND NOT EXISTS (SELECT FROM pg_constraint f
                                            WHERE f.contype = 'f' AND f.conindid = pg_constraint.conindid))
    UNION ALL
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid = ANY(%(tables)s::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname),
           format('ALTER TABLE %%s ENABLE TRIGGER %%I', tgrelid::regclass, tgname)
    FROM pg_trigger WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal
    ORDER BY 1
"""


@contextmanager
def taken_down(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Within a transaction, so that a failure leaves them as they were."""
    cursor.execute(FOUND, {"tables": list(tables)})
    found = cursor.fetchall()
    for drop, _ in found:
        cursor.execute(drop)
    yield
    for _, create in found:
        cursor.execute(create)
