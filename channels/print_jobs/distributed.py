"""Proof of distribution: what carriers say they delivered in the areas of a wave, beside what was ordered."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

PROOFS = """
    SELECT i.wave_id, count(*), sum(i.quantity), count(t.item_id), coalesce(sum(t.pieces), 0)::bigint,
           count(*) FILTER (WHERE t.pieces < i.quantity),
           coalesce(sum(i.quantity - t.pieces) FILTER (WHERE t.pieces < i.quantity), 0)::bigint
    FROM channels_printitem i
    LEFT JOIN (SELECT r.item_id, sum(r.quantity) AS pieces FROM channels_printreport r
               WHERE r.state = 'distributed' GROUP BY r.item_id) t ON t.item_id = i.id
    WHERE i.wave_id = ANY(%s) AND i.delivery_area_id IS NOT NULL AND i.state <> 'withdrawn'
    GROUP BY i.wave_id
"""


@dataclass(frozen=True)
class Proof:
    """Of one wave. An area of which nothing was told is without proof, not short."""

    areas: int
    pieces: int  # ordered
    told_areas: int
    distributed: int
    short_areas: int
    missing: int  # pieces, in areas that are short


def of_waves(wave_ids: Collection[int]) -> dict[int, Proof]:
    """By wave id; waves that ordered no areas are left out."""
    with connection.cursor() as cursor:
        cursor.execute(PROOFS, [list(wave_ids)])
        return {wave_id: Proof(*figures) for wave_id, *figures in cursor.fetchall()}
