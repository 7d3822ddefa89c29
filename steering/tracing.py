"""Spans for OpenTelemetry: web requests, tasks, and the steps of a batch. Off and not imported unless it is asked for.

They hold names and numbers of ours. Paths, which may hold tokens, and the words of exceptions stay out.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from celery import Task
from celery.signals import task_failure, task_postrun, task_prerun, worker_process_init, worker_process_shutdown
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from channels import spans

from . import log_about

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

log = logging.getLogger(__name__)
ASKED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_tracer: "Tracer | None" = None


def start(**_: Any) -> bool:
    """In every process that is to be traced, after it was forked. Returns whether it is traced."""
    if not any(os.environ.get(name) for name in ASKED_BY):
        return False
    if not find_spec("opentelemetry") or not find_spec("opentelemetry.sdk"):
        log.warning("nothing is traced: pip install -r requirements-tracing.txt")
        return False
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = made_provider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace_by(provider)
    worker_process_shutdown.connect(lambda **_: provider.shutdown(), weak=False)
    return True


def made_provider() -> "TracerProvider":
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    is_named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return TracerProvider(resource=Resource.create({} if is_named else {"service.name": "steering"}))


def trace_by(provider: "TracerProvider | None") -> None:
    """From now on; None: no longer."""
    global _tracer
    _tracer = provider.get_tracer("steering") if provider else None
    spans.listen(_span if provider else None)
    for signal, act in ((task_prerun, _begin_task), (task_failure, _fail_task), (task_postrun, _end_task)):
        if provider:
            signal.connect(act, dispatch_uid="tracing")
        else:
            signal.disconnect(act, dispatch_uid="tracing")


def follow_workers() -> None:
    worker_process_init.connect(start, dispatch_uid="tracing")


class Requests:
    """Middleware; not there where nothing is traced."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if _tracer is None:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with _span("request", {"http.request.method": request.method or ""}) as span:
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            span.update_name(f"{request.method} {route or 'of no route'}")
            span.set_attributes({"http.route": route, "http.response.status_code": response.status_code})
            if response.status_code >= 500:
                _fail(span, str(response.status_code))
        return response


@contextmanager
def _span(name: str, about: Mapping[str, Any]) -> Iterator["Span"]:
    with _tracer.start_as_current_span(
        name, attributes=_attributes(about), record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            _fail(span, type(error).__name__)
            raise


def _attributes(about: Mapping[str, Any]) -> dict[str, Any]:
    known = {f"steering.{name}": value for name, value in log_about.now().items()}
    return known | {name if "." in name else f"steering.{name}": value for name, value in about.items()}


def _fail(span: "Span", kind: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", kind)


def _begin_task(task: Task, task_id: str, **_: Any) -> None:
    span = _span(f"task {task.name}", {"task": task.name, "task_id": task_id})
    task.request.traced = (span, span.__enter__())


def _fail_task(sender: Task, exception: BaseException, **_: Any) -> None:
    if traced := getattr(sender.request, "traced", None):
        _fail(traced[1], type(exception).__name__)


def _end_task(task: Task, **_: Any) -> None:
    if traced := getattr(task.request, "traced", None):
        traced[0].__exit__(None, None, None)
