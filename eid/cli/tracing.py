"""Traces of requests by OpenTelemetry (extra `tracing`): one span a request, named by its act, and one below it a statement.

A span holds the route and never the address, the statement and never its values, the kind of an error and never its text: traces
leave the machine. Who calls may give the trace that the request belongs to (W3C Trace Context); baggage is not taken.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from eid import __version__
from eid.db import current_engine
from eid.logs import bind_to_log, request_number


def trace_to_collector(app: Flask) -> None:
    """From now on this application's traces go to the collector that OpenTelemetry's variables name."""
    trace_requests(app, BatchSpanProcessor(OTLPSpanExporter()))


def trace_requests(app: Flask, processor: SpanProcessor) -> None:
    """From now on each request of this application, and each statement within it, is a span given to `processor`."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "eid", SERVICE_VERSION: __version__}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("eid", __version__)
    _trace_requests(app, tracer)
    with app.app_context():
        _trace_statements(current_engine(), tracer)


def _trace_requests(app: Flask, tracer: Tracer) -> None:
    propagator = TraceContextTextMapPropagator()

    @app.before_request
    def begin() -> None:
        span = tracer.start_span(
            request.endpoint or "none",
            context=propagator.extract(dict(request.headers.items(lower=True))),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": request.method, "http.route": str(request.url_rule or "")},
        )
        g.span, g.span_context = span, attach(set_span_in_context(span))
        bind_to_log(trace=format_trace_id(span.get_span_context().trace_id))

    @app.after_request
    def keep_status(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
            g.span.set_attribute("eid.request", request_number())
            g.span.set_status(Status(StatusCode.ERROR if response.status_code >= 500 else StatusCode.UNSET))
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if "span" in g:
            g.pop("span").end()
            detach(g.pop("span_context"))


def _trace_statements(engine: Engine, tracer: Tracer) -> None:
    system = engine.dialect.name

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        kind = statement.split(maxsplit=1)[0].upper()
        attributes = {"db.system.name": system, "db.operation.name": kind, "db.query.text": statement}
        span = tracer.start_span(kind, kind=SpanKind.CLIENT, attributes=attributes)
        context.eid_span = span

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.eid_span.end()

    @event.listens_for(engine, "handle_error")
    def end_failed(failed: ExceptionContext) -> None:
        span = getattr(failed.execution_context, "eid_span", None)
        if span is not None:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute("error.type", type(failed.original_exception).__name__)
            span.end()
