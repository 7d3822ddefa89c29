"""The addresses that are asked thousands of times a second, answered before sessions, users and forms are thought of.

A token, a cookie of our own or nothing at all is the permission there, so no other middleware has anything to add.
"""

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from . import views
from .banner.views import decide_view

log = logging.getLogger(__name__)
RETRY_AFTER_SECONDS = 5
View = Callable[[HttpRequest], HttpResponse]
# By the beginning and the end of the path, with the token in between; channels.urls names the same.
TOKENS = (
    ("/t/o/", ".gif", views.open_pixel),
    ("/t/s/", ".gif", views.shown_pixel),
    ("/t/c/", "", views.click),
)
DECIDE = "/banner/decide"


class Front:
    """Middleware that stands before all others."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path == DECIDE:
            return _answer(request, decide_view)
        for beginning, end, view in TOKENS:
            if path.startswith(beginning) and path.endswith(end):
                token = path[len(beginning) : len(path) - len(end)]
                return _answer(request, view, token)
        return self.get_response(request)


def _answer(request: HttpRequest, view: Callable[..., HttpResponse], *token: str) -> HttpResponse:
    """Without the database nothing can be promised, so nothing is: who asks may ask again."""
    try:
        response = view(request, *token)
    except DatabaseError as error:
        log.error("an answer could not be written: %s", type(error).__name__)  # many a second, so without a traceback
        response = HttpResponse(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
    response["Content-Length"] = len(response.content)  # or the connection could not be kept
    response["X-Content-Type-Options"] = "nosniff"
    return response
