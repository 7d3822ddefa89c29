"""A batch of item reports, row by row: what cannot be read is refused by name, the rest goes to print_jobs."""

from typing import Any

from rest_framework.exceptions import ValidationError

from .. import print_jobs
from ..api.problems import field_errors
from ..models import PrintJob
from .serializers import ItemReportSerializer


def row_results(job: PrintJob, body: Any) -> list[dict[str, Any]]:
    """One result a row, in their order. Raises ValidationError for what is no batch at all."""
    rows = body.get("items") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValidationError({"items": "must be a list of at least one row"})
    if len(rows) > print_jobs.MOST_AT_ONCE:
        raise ValidationError({"items": f"must be at most {print_jobs.MOST_AT_ONCE} rows, got {len(rows)}"})
    results: list[dict[str, Any] | None] = [None] * len(rows)
    readable: list[tuple[int, print_jobs.Report]] = []
    for n, row in enumerate(rows):
        one = ItemReportSerializer(data=row)
        if one.is_valid():
            readable.append((n, print_jobs.Report(**one.validated_data)))
        else:
            results[n] = _result(n, _event_id(row), "refused", _reason(one.errors))
    recorded = print_jobs.report(job.pk, [report for _, report in readable])
    for (n, _), result in zip(readable, recorded, strict=True):
        results[n] = _result(n, result.event_id, result.result, result.reason)
    return [result for result in results if result is not None]


def _result(n: int, event_id: str, result: str, reason: str) -> dict[str, Any]:
    return {"row": n + 1, "event_id": _storable(event_id), "result": result, "reason": _storable(reason)}


def _storable(text: str) -> str:
    """Refused rows are quoted back, and neither NUL nor half a character can be stored."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _event_id(row: Any) -> str:
    return str(row.get("event_id", ""))[:80] if isinstance(row, dict) else ""


def _reason(errors: Any) -> str:
    return "; ".join(f"{error['field']}: {error['reason']}" for error in field_errors(errors))
