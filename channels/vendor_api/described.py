"""What the OpenAPI schema says of the vendor API beyond its serializers: headers, bodies, and the problems of a step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from campaigns.numbers import whole_number

from ..api.problems import MEDIA_TYPE, ProblemSerializer
from ..models import JobState
from ..print_jobs.steps import ALLOWED
from . import bulk, serializers
from .errors import KINDS

WITHDRAWALS_A_PAGE = 1000
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Yours, a new one for every request, e.g. a UUID. The same request under the same key is done once and"
    " answered the same for seven days; another request under it is refused.",
)
LEASE = OpenApiParameter(
    "Lease-Token",
    str,
    OpenApiParameter.HEADER,
    description="The token of your lease, or its holder's name; needed while a job is leased",
)
RANGE = [
    OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range: bytes=<first>-[<last>]"),
    OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag of what you have of it"),
    OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="412 unless the file has this ETag"),
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 if the file has this ETag"),
]
TOLD = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 206], description="SHA-256 in quotes"),
    OpenApiParameter("Repr-Digest", str, OpenApiParameter.HEADER, response=[200, 206], description="RFC 9530"),
    OpenApiParameter("Digest", str, OpenApiParameter.HEADER, response=[200, 206], description="RFC 3230, its elder"),
    OpenApiParameter("Content-Disposition", str, OpenApiParameter.HEADER, response=[200, 206]),
    OpenApiParameter("Content-Range", str, OpenApiParameter.HEADER, response=[206]),
]
AFTER = [OpenApiParameter("after", str, description="A number of the list: what comes after it")]

SHA256 = "72f014182f5b916041b2a49e50e32456b7fcc1bbeae44653bf010c232bac2009"
JOB: dict[str, Any] = {
    "id": 1,
    "channel": "print_mailing",
    "wave": 7,
    "state": JobState.DOWNLOADED.value,
    "allowed": list(ALLOWED[JobState.DOWNLOADED]),
    "revision": 1,
    "pulled_revision": 1,
    "acknowledged_revision": None,
    "rows": 1200,
    "cut_off_at": "2026-12-01T12:00:00+01:00",
    "lease": {"holder": "press-2", "until": "2026-11-26T11:30:00+01:00"},
    "posted_pieces": None,
    "posted_at": None,
    "postage_cents": None,
    "receipt": "",
    "created_at": "2026-11-26T10:00:00+01:00",
    "state_changed_at": "2026-11-26T11:00:00+01:00",
    "updated_at": "2026-11-26T11:00:00+01:00",
}
DETAIL = JOB | {
    "spec": {
        "product": "letter-standard",
        "format": "A4",
        "paper": "",
        "letter_form": "B",
        "edges": "",
        "schema_version": "1",
    },
    "counts": {"planned": 1199, "withdrawn": 1},
    "withdrawals": {"last_seq": 1, "acknowledged_seq": 0},
    "postings": [],
    "reject_reason": "",
    "deletion_due_at": None,
    "deletion_certified": False,
}
PAGE = {"jobs": [JOB], "next": None, "as_of": "2026-11-26T11:05:00+01:00"}
FILE = {"name": "letters.csv", "sha256": SHA256, "bytes": 786, "rows": 1200}
LISTED = {
    "kind": "table",
    "revision": 1,
    "media_type": "text/csv; charset=utf-8; header=present",
    "schema_version": "1",
    "encryption": "",
    "plain_media_type": "text/csv; charset=utf-8; header=present",
    "plain_bytes": FILE["bytes"],
    "plain_sha256": FILE["sha256"],
}
FILES = {"revision": 1, "files": [FILE | LISTED]}
LEASED = {"holder": "press-2", "token": "Qm9nZW4tMjAyNg", "until": "2026-11-26T11:30:00+01:00", "job": JOB}
ACKNOWLEDGE = {"revision": 1, "files": [FILE]}
REJECT = {"reason": "the table cannot be read", "details": [{"code": "file_unreadable", "file": "letters.csv"}]}
POSTED = {
    "pieces": 500,
    "posted_at": "2026-11-28T16:00:00Z",
    "receipt": "EL-2026-4711",
    "postage_cents": 18000,
    "more_follows": True,
}
CERTIFICATE = {"deleted_at": "2026-12-10T08:00:00Z", "method": "overwritten", "reference": "D-17"}
WITHDRAWALS = {
    "revision": 2,
    "withdrawals": [
        {
            "seq": 1,
            "sequence": 2,
            "item_id": 2,
            "reason": "objection",
            "in_time": True,
            "withdrawn_at": "2026-11-26T11:10:00+01:00",
            "acknowledged_at": None,
        }
    ],
    "next": None,
}
ITEMS = {
    "items": [
        {"event_id": "p-1", "sequence": 1, "state": "produced", "at": "2026-11-27T22:00:00Z"},
        {"event_id": "r-1", "sequence": 3, "state": "returned", "reason": "unknown", "at": "2026-12-05T09:00:00Z"},
    ]
}
RESULTS = {
    "recorded": 1,
    "known": 0,
    "refused": 1,
    "results": [
        {"row": 1, "event_id": "p-1", "result": "recorded", "reason": ""},
        {"row": 2, "event_id": "r-1", "result": "refused", "reason": "sequence: this job has no item 3"},
    ],
    "job": JOB | {"state": "in_production", "allowed": list(ALLOWED[JobState.IN_PRODUCTION])},
}
CSV_ROWS = "event_id,sequence,state,at,reason\r\nr-1,3,returned,2026-12-05T09:00:00Z,unknown\r\n"
JSON_ROWS = (
    '{"event_id": "r-1", "sequence": 3, "state": "returned", "reason": "unknown", "at": "2026-12-05T09:00:00Z"}\n'
)
REPORTS = {
    "application/json": OpenApiRequest(
        serializers.ItemReportsSerializer, examples=[OpenApiExample("Two pieces", ITEMS, request_only=True)]
    ),
    bulk.CSV: OpenApiRequest(OpenApiTypes.STR, examples=[OpenApiExample("A table", CSV_ROWS, request_only=True)]),
    **{
        media_type: OpenApiRequest(
            OpenApiTypes.STR, examples=[OpenApiExample("An object a line", JSON_ROWS, request_only=True)]
        )
        for media_type in bulk.JSON_LINES
    },
}

ANY = {401: ("unauthorized",), 403: ("insufficient-scope", "address-not-allowed"), 429: ("too-many-requests",)}
USUAL = {
    400: ("invalid",),
    404: ("not-found",),
    412: ("precondition-failed",),
    413: ("too-large",),
    416: ("range-not-satisfiable",),
}


def answer(body: type[Serializer], example: Mapping[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(body, examples=[OpenApiExample("As it looks", dict(example), response_only=True)])


def problems(*statuses: int, kinds: Mapping[int, Sequence[str]] | None = None) -> dict[tuple[int, str], Any]:
    """The problems that a view answers with, each kind as an example. Whoever asks with a key may meet ANY of those."""
    kinds = USUAL | ANY | dict(kinds or {})
    return {(status, MEDIA_TYPE): _problem(status, kinds[status]) for status in sorted({*statuses, *ANY})}


def refusals(*kinds: str) -> dict[tuple[int, str], Any]:
    """Of a POST: what every one may be answered, and these besides."""
    of_status: dict[int, tuple[str, ...]] = {
        409: ("wrong-state",),
        411: ("length-required",),
        415: ("unsupported-media-type",),
        422: ("idempotency-key-reused",),
        428: ("idempotency-key-required",),
    }
    for kind in kinds:
        status = KINDS[kind][0]
        of_status[status] = (*of_status.get(status, ()), kind)
    return problems(400, 404, 413, *of_status, kinds=of_status)


def step(
    operation: str,
    summary: str,
    body: type[Serializer] | None,
    *,
    description: str,
    kinds: Sequence[str] = (),
    example: Mapping[str, Any] | None = None,
) -> Callable:
    """Decorates the POST of a step."""
    shown = [] if example is None else [OpenApiExample("As it is sent", dict(example), request_only=True)]
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        parameters=[KEY, LEASE],
        request=body,
        examples=shown,
        responses={200: answer(serializers.JobSerializer, JOB), **refusals(*kinds)},
    )


def cursor(query: Mapping[str, str]) -> int:
    """`after` of a list with running numbers."""
    number = whole_number(query.get("after", "0"))
    if number is None:
        raise ValidationError({"after": "must be a number of the list"})
    return number


def _problem(status: int, kinds: Sequence[str]) -> OpenApiResponse:
    examples = [
        OpenApiExample(
            kind,
            {"type": f"urn:problem:{kind}", "title": KINDS[kind][1], "status": status, "detail": KINDS[kind][2]},
            response_only=True,
            media_type=MEDIA_TYPE,
        )
        for kind in kinds
    ]
    return OpenApiResponse(ProblemSerializer, description=" ".join(kinds), examples=examples)
