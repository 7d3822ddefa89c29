"""All customers are looked through for records of one person; what is found waits for a decision.

What was decided stays: a pair of different people is not proposed again. What is no longer found is forgotten.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from . import candidates, clusters, comparing, judging

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('campaigns.duplicates'))"
FOUND = """
    DROP TABLE IF EXISTS pg_temp.duplicate_found;
    CREATE TEMP TABLE duplicate_found (first_id bigint, second_id bigint, probability real, is_sure boolean, agrees text[],
                                       differs text[], cluster bigint) ON COMMIT DROP
"""
FORGET = """
    DELETE FROM campaigns_duplicatepair p WHERE p.state = 'open'
    AND NOT EXISTS (SELECT 1 FROM duplicate_found f WHERE f.first_id = p.first_id AND f.second_id = p.second_id)
"""
KEEP = """
    INSERT INTO campaigns_duplicatepair AS known (first_id, second_id, probability, is_sure, agrees, differs, cluster, state)
    SELECT first_id, second_id, probability, is_sure, agrees, differs, cluster, 'open' FROM duplicate_found
    ON CONFLICT (first_id, second_id) DO UPDATE
    SET probability = excluded.probability, is_sure = excluded.is_sure, agrees = excluded.agrees,
        differs = excluded.differs, cluster = excluded.cluster
    WHERE known.state = 'open'
"""
DECIDED = "SELECT first_id, second_id FROM campaigns_duplicatepair WHERE state = 'different'"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    first: int
    second: int
    probability: float
    is_sure: bool
    agrees: tuple[str, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a search looked at, and how many pairs it left to be decided; `sure` of them are sure."""

    customers: int
    candidates: int
    too_common: int
    pairs: int
    sure: int


@transaction.atomic
def find(*, progress: Progress = lambda compared, of: None) -> Found:
    """Look through all customers. One search at a time; pairs that are waiting for a decision are replaced."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(FOUND)
        cursor.execute(DECIDED)
        different = set(cursor.fetchall())
    with candidates.gathered() as gathered:
        pairs = [one for one in judged(gathered, progress) if (one.first, one.second) not in different]
    _write(pairs)
    return Found(gathered.customers, gathered.pairs, gathered.too_common, len(pairs), sum(one.is_sure for one in pairs))


def judged(gathered: candidates.Gathered, progress: Progress = lambda compared, of: None) -> Iterator[Pair]:
    """The possible pairs among the candidates, chunk by chunk."""
    common, looked_at = candidates.commonness(), 0
    width = len(candidates.COLUMNS)
    for rows in candidates.pairs():
        features = comparing.compared(rows, common)
        verdict = judging.judge(features)
        for n in np.flatnonzero(verdict.is_possible).tolist():
            agrees, differs = judging.evidence(features[n])
            yield Pair(
                rows[n][0],
                rows[n][width],
                float(verdict.probability[n]),
                bool(verdict.is_sure[n]),
                tuple(agrees),
                tuple(differs),
            )
        looked_at += len(rows)
        progress(looked_at, gathered.pairs)


def _write(pairs: list[Pair]) -> None:
    first, second = (np.array([getattr(one, name) for one in pairs], dtype=np.int64) for name in ("first", "second"))
    together = clusters.of_pairs(first, second).tolist()
    with connection.cursor() as cursor:
        with cursor.copy("COPY duplicate_found FROM STDIN") as copy:
            for one, cluster in zip(pairs, together, strict=True):
                row = (
                    one.first,
                    one.second,
                    one.probability,
                    one.is_sure,
                    list(one.agrees),
                    list(one.differs),
                    cluster,
                )
                copy.write_row(row)
        cursor.execute("ANALYZE duplicate_found")
        cursor.execute(FORGET)
        cursor.execute(KEEP)
