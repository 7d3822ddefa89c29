"""Addresses below the APIs that lead nowhere, what no view could read, and errors of ours: problems there, pages elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from .problems import MEDIA_TYPE

APIS = ("/api/", "/vendor/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler404."""
    if not request.path.startswith(APIS):
        return defaults.page_not_found(request, exception)
    return _problem(HTTPStatus.NOT_FOUND, "not-found", "there is nothing at this address")


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler400."""
    if not request.path.startswith(APIS):
        return defaults.bad_request(request, exception)
    return _problem(HTTPStatus.BAD_REQUEST, "invalid", "this request is malformed, or meant for another host")


def failed(request: HttpRequest) -> HttpResponse:
    """The handler500; what went wrong stands in our log."""
    if not request.path.startswith(APIS):
        return defaults.server_error(request)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-server-error", "an error of ours; try again later")


def _problem(status: HTTPStatus, kind: str, detail: str) -> JsonResponse:
    body = {"type": f"urn:problem:{kind}", "title": status.phrase, "status": int(status), "detail": detail}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
