"""What an entry of the log is about: ids of the request, the task, and what the task was asked for."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from celery import Task
from celery.signals import task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

_ABOUT: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))
# Arguments of tasks that are ids or names of ours.
ARGUMENTS = {
    "channel": "channel",
    "queue": "queue",
    "wave_id": "wave",
    "plan_id": "plan",
    "scoring_id": "scoring",
    "dispatch_id": "dispatch",
}
# What a call of the log may give as `extra`.
EXTRAS = ("wave", "dispatch", "channel", "provider")
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
HEADER = "X-Request-ID"


def now() -> Mapping[str, Any]:
    return _ABOUT.get()


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    token = _ABOUT.set({**_ABOUT.get(), **ids})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Requests:
    """Middleware: every request has an id, that of the proxy if it gave one, which the answer names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        number = given if GIVEN_ID.match(given) else uuid4().hex
        with about(request=number):
            response = self.get_response(request)
        response[HEADER] = number
        return response


def follow_tasks() -> None:
    """From now on what a Celery task logs names it."""
    task_prerun.connect(_begin, dispatch_uid="log_about")
    task_postrun.connect(_end, dispatch_uid="log_about")


def _begin(task_id: str, task: Task, args: Any, kwargs: Any, **_: Any) -> None:
    ids = {"task": task.name, "task_id": task_id, **_named(task, args or (), kwargs or {})}
    task.request.about = _ABOUT.set({**_ABOUT.get(), **ids})


def _end(task: Task, **_: Any) -> None:
    token: Token | None = getattr(task.request, "about", None)
    if token is not None:
        _ABOUT.reset(token)


def _named(task: Task, args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(zip(_parameters(task.run), args, strict=False)) | dict(kwargs)
    return {
        ARGUMENTS[name]: value for name, value in given.items() if name in ARGUMENTS and isinstance(value, str | int)
    }


@cache
def _parameters(run: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(run).parameters)
