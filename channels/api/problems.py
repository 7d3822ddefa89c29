"""Errors of every API as RFC 9457 problem details, with a stable `type` that programs can rely on."""

import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
OF_THE_WHOLE = "non_field_errors"  # the framework's name for what is wrong with a list or object as such


class Problem(exceptions.APIException):
    """Raise it anywhere in a view. `kind` is the stable last part of the type; `members` are added to the body."""

    def __init__(self, status: int, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status_code = status
        self.kind = kind
        self.members = members
        self.headers: dict[str, str] = {}


def too_many(wait: float, detail: str) -> Problem:
    """429, with the seconds to wait as Retry-After."""
    problem = Problem(429, "too-many-requests", detail)
    problem.headers = {"Retry-After": str(max(1, math.ceil(wait)))}
    return problem


class FieldErrorSerializer(serializers.Serializer):
    """One thing that is wrong with a request."""

    row = serializers.IntegerField(required=False, help_text="From 1, where a list was sent")
    file = serializers.CharField(required=False, help_text="Where files were acknowledged")
    field = serializers.CharField()
    reason = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """A problem after RFC 9457. Programs may rely on `type`, people read `detail`."""

    type = serializers.CharField(help_text="Stable, for programs: urn:problem:<kind>")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)
    allowed = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of a print job: the steps that can be taken now"
    )
    state = serializers.CharField(required=False, help_text="Of a print job that is in the wrong state for a step")
    revision = serializers.IntegerField(required=False, help_text="Of a print job's files: the latest")
    expected = serializers.IntegerField(required=False, help_text="Pieces that are due")
    seq = serializers.IntegerField(required=False, help_text="Of the last withdrawal that is to be acknowledged")
    cut_off_at = serializers.DateTimeField(required=False, help_text="By when production had to start")
    lease_holder = serializers.CharField(required=False, help_text="The worker that has the job")
    lease_until = serializers.DateTimeField(required=False)


def documented(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """For a view's schema: the problems that it answers with."""
    return {(status, MEDIA_TYPE): ProblemSerializer for status in statuses}


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The EXCEPTION_HANDLER of the REST framework."""
    if isinstance(error, RequestDataTooBig):
        error = Problem(413, "too-large", f"a JSON body must be at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes")
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(error, response)
    response.content_type = MEDIA_TYPE
    for header, value in getattr(error, "headers", {}).items():
        response[header] = value
    return response


def _body(error: Exception, response: Response) -> dict[str, Any]:
    status = HTTPStatus(response.status_code)
    body: dict[str, Any] = {"title": status.phrase, "status": int(status)}
    if isinstance(error, Problem):
        return {"type": f"urn:problem:{error.kind}", **body, "detail": str(error.detail), **error.members}
    if isinstance(error, exceptions.ValidationError):
        errors = list(field_errors(error.detail))
        return {"type": "urn:problem:invalid", **body, "detail": "the request is not valid", "errors": errors}
    kind = status.phrase.lower().replace(" ", "-")
    if isinstance(error, exceptions.ParseError):
        kind = "invalid"
    detail = str(error.detail) if isinstance(error, exceptions.APIException) else status.description
    return {"type": f"urn:problem:{kind}", **body, "detail": detail}


def field_errors(detail: Any, path: tuple[str | int, ...] = ()) -> Iterator[dict[str, Any]]:
    """The framework's nested errors as a flat list of row (from 1), field and reason."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, (*path, name))
        return
    rows = [part + 1 for part in path if isinstance(part, int)]  # the framework counts from 0
    where = {"row": rows[0]} if rows else {}
    field = ".".join(part for part in path if isinstance(part, str) and part != OF_THE_WHOLE)
    for reason in detail if isinstance(detail, list) else [detail]:
        yield where | {"field": field, "reason": str(reason)}
