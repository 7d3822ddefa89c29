"""What the OpenAPI schema says of the vendor API beyond its serializers: headers, and the problems of a step."""

from collections.abc import Callable

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import Serializer

from ..api.problems import documented
from . import serializers

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Yours, a new one for every request, e.g. a UUID. The same request under the same key is done once and"
    " answered the same for seven days; another request under it is refused.",
)
RANGE = [
    OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range: bytes=<first>-[<last>]"),
    OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag of what you have of it"),
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 if the file has this ETag"),
]
TOLD = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 206], description="SHA-256 in quotes"),
    OpenApiParameter("Repr-Digest", str, OpenApiParameter.HEADER, response=[200, 206], description="RFC 9530"),
    OpenApiParameter("Content-Range", str, OpenApiParameter.HEADER, response=[206]),
]
STEP = documented(400, 401, 404, 409, 415, 422, 428)
READ = documented(401, 404)


def step(operation: str, summary: str, body: type[Serializer], *, description: str) -> Callable:
    """Decorates the POST of a step."""
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        parameters=[KEY],
        request=body,
        responses={200: serializers.JobSerializer, **STEP},
    )
