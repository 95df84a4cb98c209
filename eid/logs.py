"""Structured logs: one JSON line an event, with the request's number and never a secret, a name or a PIN."""

from __future__ import annotations

import json
import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

from eid.randomness import random_bytes

log = structlog.get_logger("eid")


def configure_logging(level: str) -> None:
    """From now on every log line is JSON on standard error, at this level or above."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _write_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


_encode = json.JSONEncoder(ensure_ascii=False, default=repr).encode


def _write_line(_logger: object, _method: str, event: EventDict) -> str:
    """As structlog's JSONRenderer, with an encoder that is made once."""
    return _encode(event)


def draw_number() -> str:
    """A request's number, which its lines of the log and its answer bear."""
    return random_bytes(6).hex()


def log_answered(method: str, route: str | None, status: int, started: float, **more: str) -> None:
    """What came of a request that began at `started` (time.perf_counter)."""
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round((time.perf_counter() - started) * 1000, 1),
        **more,
    )


def log_request(app: Flask) -> None:
    """Give each request a number, and log what came of it: the route, never the address with its values."""

    @app.before_request
    def number_request() -> None:
        g.request_number = draw_number()
        g.started = time.perf_counter()
        structlog.contextvars.bind_contextvars(request=g.request_number)

    @app.after_request
    def log_answer(response: Response) -> Response:
        started = g.get("started", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else None
        log_answered(request.method, route, response.status_code, started)
        response.headers["X-Request-Id"] = g.get("request_number", "")
        structlog.contextvars.clear_contextvars()
        return response
