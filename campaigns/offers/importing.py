"""Codes of a shop's own system, from a CSV with a column `code`: all of them, or none and what is wrong with which row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from campaigns.importing import ImportRefused, readers
from campaigns.models import Offer
from campaigns.models.offers import OfferKind

from . import codes
from .errors import OfferError

FIELD = "code"
PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{2,39}", re.ASCII)
SHORTEST = 4  # letters and digits
MOST_TOLD = 100
AT_ONCE = 20_000
STAGE = """
    DROP TABLE IF EXISTS pg_temp.import_code;
    CREATE TEMP TABLE import_code (row integer, code text, key text) ON COMMIT DROP
"""
# The first of equal ones is right; a pool, a shared code and a code of a message are known under the same key.
DOUBLED = """
    SELECT row, 'is the same code as in row ' || first FROM (
        SELECT row, min(row) OVER (PARTITION BY key) AS first FROM import_code
    ) seen WHERE row <> first
    UNION ALL
    SELECT i.row, 'exists already, in ' || CASE WHEN c.offer_id = %(offer)s THEN 'this pool' ELSE 'another pool' END
    FROM import_code i JOIN campaigns_coupon c USING (key)
    UNION ALL
    SELECT i.row, 'is a shared code already' FROM import_code i
    JOIN campaigns_offer o ON o.code <> '' AND regexp_replace(o.code, '[^A-Z0-9]', '', 'g') = i.key
    ORDER BY 1 LIMIT %(most)s
"""
TAKE = """
    INSERT INTO campaigns_coupon (offer_id, code, key) SELECT %(offer)s, code, key FROM import_code ORDER BY row
"""


@dataclass(frozen=True)
class Problem:
    row: int  # the first below the header is 1
    field: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.field} {self.reason}"


class CodesRefusedError(OfferError):
    """Nothing was imported; `problems` are the first of what is wrong, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems[:3])) + (" …" if len(problems) > 3 else ""))


@transaction.atomic
def import_codes(offer: Offer, path: Path, *, name: str = "") -> int:
    """Add a file's codes to the offer's pool; returns how many. Raises OfferError, and CodesRefusedError with every row's reason."""
    if offer.kind != OfferKind.UNIQUE:
        raise OfferError("a shared offer has one code for everybody, so it has no pool")
    problems: list[Problem] = []
    try:
        count = _stage(_sound(path, name or path.name, problems))
    except ImportRefused as refusal:
        raise OfferError(str(refusal)) from refusal
    if len(problems) < MOST_TOLD:
        problems += _doubled(offer)
    if problems:
        raise CodesRefusedError(sorted(problems, key=lambda problem: problem.row)[:MOST_TOLD])
    if not count:
        raise OfferError("the file has no codes")
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"offer": offer.pk})
    return count


def _sound(path: Path, name: str, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    """Row, code and key of what can be a code; the rest becomes problems."""
    definition = {"format": "csv", "delimiter": readers.delimiter(path)}
    for number, cells in readers.rows(path, definition, needed={FIELD}, name=name):
        if isinstance(cells, str):
            problems.append(Problem(number, "row", cells))
            continue
        code = str(cells[FIELD] or "").strip()
        if reason := _wrong(code):
            problems.append(Problem(number, FIELD, reason))
        else:
            yield number, code, codes.key(code)


def _wrong(code: str) -> str:
    """No message repeats a code: it is money."""
    if not code:
        return "is empty"
    if len(code) > 40:
        return "is longer than 40 characters"
    if not PATTERN.fullmatch(code):
        return "must be letters and digits, with blanks . _ / - between them"
    if len(codes.key(code)) < SHORTEST:
        return f"has fewer than {SHORTEST} letters and digits"
    return ""


def _stage(rows: Iterator[tuple[int, str, str]]) -> int:
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy("COPY import_code FROM STDIN") as target:
            while some := list(islice(rows, AT_ONCE)):
                target.write("".join(f"{row}\t{code}\t{key}\n" for row, code, key in some))
                count += len(some)
        cursor.execute("ANALYZE import_code")
    return count


def _doubled(offer: Offer) -> list[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(DOUBLED, {"offer": offer.pk, "most": MOST_TOLD})
        return [Problem(row, FIELD, reason) for row, reason in cursor.fetchall()]
