"""Writing events: any number in one statement, each once by its reporter's own key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

RECORD = """
    INSERT INTO campaigns_event (customer_id, kind, medium, is_online, occurred_at, value_cents, source, source_key,
                                 dispatch_id, attributes)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::timestamptz[], %s::bigint[],
                         %s::text[], %s::text[], %s::bigint[], %s::jsonb[])
    ON CONFLICT (source, source_key, occurred_at) DO NOTHING
    RETURNING source, source_key, kind, dispatch_id
"""


FETCHED = ("opened", "clicked", "shown")  # what a machine may do as well as a person


def by_a_person(event: str) -> str:
    """SQL over an event of this name: not an open, a click or an impression that is known to be a machine's."""
    is_machine = f"{event}.attributes ->> 'is_machine' IS NOT DISTINCT FROM 'true'"
    return f"(CASE WHEN {event}.kind IN {FETCHED} THEN NOT ({is_machine}) ELSE true END)"


@dataclass(frozen=True)
class NewEvent:
    """One touchpoint to be written; see campaigns.models.Event. The same source, key and time is one event."""

    customer_id: int
    kind: str
    medium: str
    is_online: bool
    occurred_at: datetime
    source: str
    source_key: str
    value_cents: int = 0
    dispatch_id: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def record(rows: Sequence[NewEvent]) -> int:
    """Write events in one statement; returns how many were new."""
    return len(record_new(rows))


def record_new(rows: Sequence[NewEvent]) -> list[tuple[str, str]]:
    """The same; returns source and key of those that were new."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(RECORD, columns(rows))
        return [(source, key) for source, key, *_ in cursor.fetchall()]


def columns(rows: Sequence[NewEvent]) -> list[list]:
    """The parameters of RECORD."""
    return [list(column) for column in zip(*map(_values, rows), strict=True)]


def _values(row: NewEvent) -> tuple:
    return (
        row.customer_id,
        str(row.kind),
        row.medium,
        row.is_online,
        row.occurred_at,
        row.value_cents,
        row.source,
        row.source_key,
        row.dispatch_id,
        json.dumps(dict(row.attributes)) if row.attributes else "{}",
    )
