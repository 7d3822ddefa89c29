"""The bundles of a job that is sorted for bulk postage, in a file of their own: press and carrier see what is in which.

Letters keep their bundles and containers for good, as their numbers: sorting anew after a withdrawal would change every file.
A bundle that holds too few since then is told instead, so that its pieces can be posted as the rest is.
"""

from typing import Any

from django.db import connection

from .. import postage
from ..models import Depth, FileKind, MailingFile, PrintJob
from . import small_tables

NAME = "bundles.csv"
COLUMNS = ("container", "bundle", "depth", "country", "first_postcode", "last_postcode", "first_sequence",
           "last_sequence", "pieces", "least_pieces", "is_short")  # fmt: skip
LISTED = """
    SELECT r.container, r.bundle, r.depth, r.country, min(r.postcode COLLATE "C"), max(r.postcode COLLATE "C"),
           min(i.sequence), max(i.sequence), count(*)
    FROM channels_printitem i JOIN channels_printrow r ON r.item_id = i.id
    WHERE i.job_id = %s AND i.state = 'planned' AND r.bundle IS NOT NULL
    GROUP BY 1, 2, 3, 4 ORDER BY 2
"""


def write(job: PrintJob, *, revision: int) -> list[MailingFile]:
    """The file, unsaved, of a numbered job; none where it is in no bundles."""
    if not (listed := _listed(job)):
        return []
    return [small_tables.write(job, NAME, COLUMNS, listed, revision=revision, kind=FileKind.BUNDLES)]


def _listed(job: PrintJob) -> list[tuple[Any, ...]]:
    product = postage.ordered(job.option.settings)
    with connection.cursor() as cursor:
        cursor.execute(LISTED, [job.pk])
        return [_line(row, product.bundle_least if product else 0) for row in cursor.fetchall()]


def _line(row: tuple[Any, ...], least: int) -> tuple[Any, ...]:
    """The rest of a country may be any number."""
    _, _, depth, *_, pieces = row
    least = 0 if depth == Depth.REST else least
    return (*row, least or "", "yes" if pieces < least else "no")
