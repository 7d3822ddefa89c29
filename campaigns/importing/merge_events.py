"""Staged events become events of known customers, each once however often it is told."""

from typing import Any

from django.db import connection

from campaigns import journey

from .merge_customers import Merged

# The reporter's own key, or the event's content and which of the file's equal events it is: two equal purchases in one
# file are two, the same purchase in two files is one.
EVENTS = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key,
                                 attributes)
    SELECT m.customer_id, e.kind, e.medium, e.is_online, e.occurred_at, e.value_cents, %(source)s,
           coalesce(e.source_key, e.content_key || '-' || row_number() OVER (PARTITION BY e.content_key ORDER BY e.row)),
           e.attributes
    FROM import_event e
    JOIN (SELECT row, min(customer_id) AS customer_id FROM import_match GROUP BY row) m USING (row)
    WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = e.row)
    ON CONFLICT (source, source_key, occurred_at) DO NOTHING
"""
WHOSE = "SELECT DISTINCT customer_id FROM import_match"
COUNT = "SELECT count(*) FROM import_event e WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = e.row)"


def merge(definition: dict[str, Any]) -> Merged:
    """Write the events without a problem; those known already are the updated ones. Runs in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"source": definition["source"]})
        created = cursor.rowcount
        cursor.execute(COUNT)
        (told,) = cursor.fetchone()
        cursor.execute(WHOSE)
        journey.refresh(customer_ids=[customer_id for (customer_id,) in cursor.fetchall()])
    return Merged(created, told - created)
