"""The addresses that are asked thousands of times a second, answered before sessions, users and forms are thought of.

A token, a cookie of our own or nothing at all is the permission there, so no other middleware has anything to add. Django
asks for one at a time, as middleware; the web server asks for many at once, and gives to Django whatever looks odd.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse

from . import answering, visitors
from .asked import Answer, Asked
from .banner import asking

log = logging.getLogger(__name__)
AWAY = Answer(503, {"Retry-After": "5", "X-Content-Type-Options": "nosniff"})


@dataclass(frozen=True)
class Desk:
    """Some addresses, and how they are answered: one request, or many at once with an error for each that has one."""

    is_for: Callable[[str], bool]
    answer: Callable[[Asked], Answer | None]
    answer_all: Callable[[Sequence[Asked]], Sequence[Answer | Exception | None]]

    def __call__(self, asks: Sequence[Asked]) -> list[Answer | None]:
        """For the web server. None: Django knows what to say."""
        try:
            return [_with_cookie(_said(told)) for told in self.answer_all(asks)]
        finally:
            if not connection.settings_dict["CONN_MAX_AGE"] and not connection.in_atomic_block:
                connection.close()


DESKS = (
    Desk(answering.is_for, answering.answer, answering.answer_all),
    Desk(asking.is_for, asking.answer, asking.answer_all),
)


def at_once(path: str) -> Desk | None:
    """Who answers many requests of this path at once; None: only Django does."""
    return next((desk for desk in DESKS if desk.is_for(path)), None)


class Front:
    """Middleware that stands before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return view(request) if at_once(request.path_info) else self.get_response(request)


def view(request: HttpRequest, **_: str) -> HttpResponse:
    desk = at_once(request.path_info)
    answer = _one(desk, asked(request)) if desk else None
    if answer is None:
        raise Http404
    return _response(answer)


def _one(desk: Desk, one: Asked) -> Answer | None:
    try:
        return desk.answer(one)
    except DatabaseError as error:
        return _said(error)


def _said(told: Answer | Exception | None) -> Answer | None:
    """Without the database nothing can be promised, so nothing is: who asks may ask again."""
    if not isinstance(told, Exception):
        return told
    log.error("an answer could not be written: %s", type(told).__name__)  # many a second, so without a traceback
    return AWAY if isinstance(told, DatabaseError) else None


def _with_cookie(answer: Answer | None) -> Answer | None:
    if answer is None or not answer.visitor:
        return answer
    return replace(answer, headers={**answer.headers, "Set-Cookie": visitors.cookie_header(answer.visitor)})


def asked(request: HttpRequest) -> Asked:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(request.method or "", request.path_info, request.META.get("QUERY_STRING", ""), headers)


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    if "Content-Type" not in answer.headers:
        del response["Content-Type"]
    response["Content-Length"] = len(answer.body)  # or the connection could not be kept
    if answer.visitor:
        visitors.set_cookie(response, answer.visitor)
    return response
