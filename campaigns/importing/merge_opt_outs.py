"""A staged opt-out list takes the place of the former one of its source, and addresses are suppressed as it says."""

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .errors import ImportRefused
from .merge_customers import Merged

GOOD = """
    CREATE TEMP TABLE import_listed AS
    SELECT DISTINCT kind, sha256 FROM import_opt_out o WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = o.row)
"""
REMOVE = """
    DELETE FROM campaigns_optoutentry e WHERE e.source = %(source)s
    AND NOT EXISTS (SELECT 1 FROM import_listed l WHERE l.sha256 = e.sha256 AND l.kind = e.kind)
"""
ADD = """
    INSERT INTO campaigns_optoutentry (source, kind, sha256) SELECT %(source)s, kind, sha256 FROM import_listed
    ON CONFLICT (sha256, kind, source) DO NOTHING
"""
# From here to the end of the transaction nobody becomes known whom neither this looks at nor the trigger.
HOLD = "LOCK TABLE campaigns_identifier IN SHARE MODE"
# As the trigger does it: a list means everybody of this name at the address.
MATCH = """
    CREATE TEMP TABLE import_barred AS
    SELECT DISTINCT ON (i.digest) i.kind, i.digest, e.source
    FROM campaigns_optoutentry e
    JOIN campaigns_identifier i ON i.kind = e.kind AND e.sha256 = sha256(convert_to(
        CASE WHEN i.kind = 'postal_address' THEN regexp_replace(i.value, ' #[0-9a-z]+[|]', '|') ELSE i.value END, 'UTF8'))
    ORDER BY i.digest, e.source
"""
# What a list suppressed ends when no list says so any more; other reasons stand for themselves.
FREE = """
    DELETE FROM campaigns_suppression s WHERE s.reason = 'opt_out_list' AND starts_with(s.source, 'opt-out list ')
    AND NOT EXISTS (SELECT 1 FROM import_barred b WHERE b.digest = s.digest)
"""
BAR = """
    INSERT INTO campaigns_suppression (kind, digest, reason, source)
    SELECT kind, digest, 'opt_out_list', 'opt-out list ' || source FROM import_barred
    ON CONFLICT (digest, reason) DO NOTHING
"""


def compare(definition: dict[str, Any]) -> None:
    """Rows of a list do not contradict each other."""


def merge(definition: dict[str, Any]) -> Merged:
    """Replace the list. Raises ImportRefused for an empty one, which would let everybody be written to again."""
    params = {"source": definition["source"]}
    with connection.cursor() as cursor:
        listed = _done(cursor, GOOD)
        if not listed:
            raise ImportRefused("the file has no entries, so the list stays as it was")
        cursor.execute("ANALYZE import_listed")
        gone, created = _done(cursor, REMOVE, params), _done(cursor, ADD, params)
        cursor.execute(HOLD)
        _done(cursor, MATCH)
        freed, barred = _done(cursor, FREE), _done(cursor, BAR)
    also = (f"{gone} no longer listed", f"{barred} addresses suppressed, {freed} no longer")
    return Merged(created, listed - created, also)


def _done(cursor: CursorWrapper, sql: str, params: dict[str, Any] | None = None) -> int:
    cursor.execute(sql, params)
    return cursor.rowcount
