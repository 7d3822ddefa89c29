"""Reports of pieces, row by row: what cannot be read is refused by name, the rest goes to print_jobs."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework.exceptions import ValidationError

from .. import print_jobs
from ..models import PrintJob
from ..print_jobs import reported
from .bulk import Row, Upload, storable
from .serializers import MOST_ROWS

MOST_REFUSALS = 1000  # that a bulk answer names


def row_results(job: PrintJob, body: Any) -> dict[str, Any]:
    """Counts, and results in the order of the rows. Raises ValidationError for what is no batch at all.

    Of JSON all rows have a result; of CSV and JSON lines only those refused, the first MOST_REFUSALS of them.
    """
    if isinstance(body, Upload):
        tally = Tally(keeps="refused")
        _record(job, body.rows(), tally)
    else:
        tally = Tally(keeps="all")
        _record(job, enumerate(_listed(body), 1), tally)
    return {**tally.counts, "results": sorted(tally.results, key=lambda result: result["row"])}


class Tally:
    """What became of rows, while they pass."""

    def __init__(self, *, keeps: str) -> None:
        self.keeps = keeps
        self.counts = {"recorded": 0, "known": 0, "refused": 0}
        self.results: list[dict[str, Any]] = []

    def note(self, row: int, event_id: str, result: str, reason: str) -> None:
        self.counts[result] += 1
        is_kept = self.keeps == "all" or (result == "refused" and len(self.results) < MOST_REFUSALS)
        if is_kept:
            said = {"event_id": storable(event_id), "result": result, "reason": storable(reason)}
            self.results.append({"row": row, **said})


def _record(job: PrintJob, rows: Iterable[Row], tally: Tally) -> None:
    numbers: deque[int] = deque()

    def readable() -> Iterator[print_jobs.Report]:
        for number, row in rows:
            try:
                one = _read(row)
            except print_jobs.RowError as error:
                tally.note(number, _event_id(row), "refused", str(error))
                continue
            numbers.append(number)
            yield one

    for result in print_jobs.report_many(job.pk, readable()):
        tally.note(numbers.popleft(), result.event_id, result.result, result.reason)


def _read(row: Any) -> print_jobs.Report:
    if isinstance(row, print_jobs.RowError):
        raise row
    return reported.read(row)


def _listed(body: Any) -> list[Any]:
    rows = body.get("items") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValidationError({"items": "must be a list of at least one row"})
    if len(rows) > MOST_ROWS:
        raise ValidationError(
            {"items": f"must be at most {MOST_ROWS} rows, got {len(rows)}; send more as JSON lines or CSV"}
        )
    return rows


def _event_id(row: Any) -> str:
    said = row.get("event_id") if isinstance(row, dict) else None
    return str(said)[:80] if isinstance(said, str | int) else ""
