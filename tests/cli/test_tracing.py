"""Traces: a request and its statements as spans of one trace, with nothing in them that is somebody's."""

from __future__ import annotations

import builtins
import json
from typing import Any

import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from eid.app import create_app
from eid.cli.tracing import trace_requests
from eid.cli.workers import find_tracer
from eid.config import Settings, Traces
from eid.errors import Unavailable
from tests.conftest import make_settings
from tests.engines import one_engine

pytestmark = one_engine

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter(app: Flask) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    trace_requests(app, SimpleSpanProcessor(exporter))
    return exporter


def of_kind(exporter: InMemorySpanExporter, kind: SpanKind) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.kind is kind]


def test_statements_stand_below_their_request(app: Flask, exporter: InMemorySpanExporter) -> None:
    answer = app.test_client().get("/api/v1/status-lists", headers={"traceparent": TRACEPARENT})
    [request], statements = of_kind(exporter, SpanKind.SERVER), of_kind(exporter, SpanKind.CLIENT)
    assert (request.name, dict(request.attributes or {})["http.route"]) == (
        "status_lists.list_status_lists",
        "/api/v1/status-lists",
    )
    assert dict(request.attributes or {})["eid.request"] == answer.headers["X-Request-Id"]
    assert request.parent is not None and f"{request.parent.span_id:016x}" == "b7ad6b7169203331"
    assert "SELECT" in {span.name for span in statements}
    assert {span.parent and span.parent.span_id for span in statements} == {request.get_span_context().span_id}


def test_spans_hold_nothing_that_is_somebodys(app: Flask, exporter: InMemorySpanExporter) -> None:
    """Neither what stands in an address, nor in a form, nor in a header, nor a statement's values."""
    client = app.test_client()
    page = client.get("/citizen/sign-in?next=/citizen/?code=SECRET1").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "pin": "079090000001", "password": "SECRET2"}
    client.post("/citizen/sign-in", data=fields, headers={"Authorization": "Bearer SECRET3"})
    client.get("/oauth/userinfo", headers={"Authorization": "Bearer SECRET4"})
    told = json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()])
    assert len(exporter.get_finished_spans()) > 5
    assert [word for word in ("SECRET", "079090000001") if word in told] == []


def test_an_accident_and_a_statement_that_fails_are_errors(app: Flask, exporter: InMemorySpanExporter) -> None:
    app.view_functions["health.show_health"] = lambda: 1 / 0
    app.test_client().get("/healthz")
    [request] = of_kind(exporter, SpanKind.SERVER)
    assert request.status.status_code is StatusCode.ERROR


@pytest.mark.parametrize(("traces", "code"), [(Traces.OTLP, "tracing_missing")])
def test_without_the_packages_whoever_wants_traces_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, traces: Traces, code: str
) -> None:
    app = create_app(make_settings(settings.state_dir, settings.database_url, traces=traces))
    imported = builtins.__import__

    def lack(name: str, *args: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(name)
        return imported(name, *args)

    monkeypatch.delitem(__import__("sys").modules, "eid.cli.tracing")
    monkeypatch.setattr(builtins, "__import__", lack)
    with pytest.raises(Unavailable) as refused:
        find_tracer(app)
    assert refused.value.code == code
