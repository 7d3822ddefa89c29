"""Spans tell where time goes by routes, tasks and steps of a batch; nothing is imported unless it is asked for."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import shared_task
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from channels import delivery, registry, spans
from steering import tracing
from tests import builders

trace = pytest.importorskip("opentelemetry.sdk.trace", reason="requirements-tracing.txt is not installed")
CHECKOUT = Path(__file__).parents[2]
CANARY = "canary.vogelsang@example.com"


@pytest.fixture
def finished() -> Iterator["InMemorySpanExporter"]:  # noqa: F821
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = tracing.made_provider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.trace_by(provider)
    yield exporter
    tracing.trace_by(None)


def told(exporter: "InMemorySpanExporter") -> str:  # noqa: F821
    return "".join(span.to_json() for span in exporter.get_finished_spans())


@pytest.mark.django_db
def test_a_request_is_told_by_its_route_and_not_by_its_path(client: Client, settings: Settings, finished):
    settings.MIDDLEWARE = ["steering.tracing.Requests"]
    Client().get("/unsubscribe/a-token-of-somebody/?email=" + CANARY)
    Client().get("/health/live")
    first, second = finished.get_finished_spans()
    assert "a-token-of-somebody" not in told(finished)
    assert CANARY not in told(finished)
    assert first.attributes["http.response.status_code"] in (200, 404)
    assert (second.name, second.attributes["http.route"]) == ("GET health/live", "health/live")
    assert second.resource.attributes["service.name"] == "steering"


def test_a_request_that_fails_is_told_without_its_words(finished, rf):
    def fail(request: object) -> HttpResponse:
        raise ValueError(CANARY)

    with pytest.raises(ValueError, match="canary"):
        tracing.Requests(fail)(rf.get("/"))
    (span,) = finished.get_finished_spans()
    assert span.attributes["error.type"] == "ValueError"
    assert not span.status.is_ok
    assert CANARY not in told(finished)


@shared_task
def working(wave_id: int, recipient: str = "") -> None:
    with spans.span("step", wave=wave_id):
        if recipient:
            raise ValueError(recipient)


def test_a_task_is_told_with_its_steps(finished):
    working.apply(args=(17,))
    step, task = finished.get_finished_spans()
    assert (step.name, step.attributes["steering.wave"]) == ("step", 17)
    assert task.name == f"task {working.name}"
    assert step.parent.span_id == task.context.span_id


def test_a_task_that_fails_is_told_without_its_words(finished):
    working.apply(args=(17, CANARY), throw=False)
    assert [span.attributes["error.type"] for span in finished.get_finished_spans()] == ["ValueError", "ValueError"]
    assert CANARY not in told(finished)


@pytest.mark.django_db
def test_the_steps_of_a_batch_are_told_without_people(finished, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(registry.CHANNELS, "memory", "channels.memory.MemoryChannel")
    registry.get.cache_clear()
    campaign = builders.campaign(channels=("memory",))
    person = builders.customer(first_name="Canary", email=CANARY, consents=("memory",))
    dispatch = builders.dispatch(builders.wave(campaign), person, channel="memory")
    assert delivery.send_due("memory") == 1
    registry.get.cache_clear()
    dispatch.refresh_from_db()
    found = {span.name: span for span in finished.get_finished_spans()}
    assert set(found) == {"claim", "hand over", "record"}
    assert found["hand over"].attributes["steering.waves"] == (dispatch.wave_id,)
    assert "anary" not in told(finished)


def test_without_anybody_who_listens_a_step_costs_nothing_and_the_middleware_is_not_there():
    assert spans.span("claim", channel="email") is spans.span("record")
    with pytest.raises(MiddlewareNotUsed):
        tracing.Requests(lambda request: HttpResponse())


@pytest.mark.parametrize(("endpoint", "is_imported"), [("", "False"), ("http://127.0.0.1:9", "True")])
def test_nothing_is_imported_unless_an_endpoint_is_named(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, is_imported: str
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    monkeypatch.setenv("OTEL_BSP_EXPORT_TIMEOUT", "1")
    code = (
        "import sys, django; from django.conf import settings; settings.configure(); "
        "from steering import tracing; started = tracing.start(); "
        "print(started == ('opentelemetry.sdk.trace' in sys.modules), 'opentelemetry' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", is_imported]
