"""Structured logs: one JSON line an event, with the request's number and never a secret, a name or a PIN."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, has_request_context

from eid.clock import wall_now
from eid.flask_context import current_context
from eid.json_writing import make_writer
from eid.randomness import random_bytes

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))
_write = make_writer(ensure_ascii=False, default=repr)


class Log:
    """Writes lines on standard error: what happened, with its particulars, what is bound, the level and the time in UTC."""

    def __init__(self) -> None:
        self.threshold = logging.INFO

    def info(self, event: str, **more: object) -> None:
        self._write(logging.INFO, "info", event, more)

    def warning(self, event: str, **more: object) -> None:
        self._write(logging.WARNING, "warning", event, more)

    def error(self, event: str, *, exc_info: BaseException | None = None, **more: object) -> None:
        """With the traceback of the exception, if there is one, as `exception`."""
        self._write(logging.ERROR, "error", event, more, exc_info)

    def _write(
        self, rank: int, level: str, event: str, line: dict[str, Any], error: BaseException | None = None
    ) -> None:
        """`line` begins as the particulars of what happened, which go before what is bound by the same name."""
        if rank < self.threshold:
            return
        line["event"] = event
        for name, value in _bound.get().items():
            line.setdefault(name, value)
        line["level"], line["timestamp"] = level, wall_now().isoformat().replace("+00:00", "Z")
        if error is not None:
            line["exception"] = "".join(traceback.format_exception(error)).removesuffix("\n")
        sys.stderr.write(_write(line) + "\n")


log = Log()


def configure_logging(level: str) -> None:
    """From now on events of this level or above are written, and no others."""
    log.threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)


def bind_to_log(**more: object) -> None:
    """Until `clear_log` the lines of this thread bear these, too."""
    _bound.set({**_bound.get(), **more})


def clear_log() -> None:
    """Afterwards nothing is bound in this thread."""
    _bound.set({})


def request_number() -> str:
    """The number of the request under way; empty where there is none."""
    return current_context().number if has_request_context() else ""


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
    """Give each request a number, and log what came of it: the route, never the address with its values. Called before anything
    else that may refuse a request, so that what it says in the log is said with the number, and the answer that is logged is the
    one that is sent."""

    @app.before_request
    def number_request() -> None:
        current_context().number = number = draw_number()
        bind_to_log(request=number)

    @app.after_request
    def log_answer(response: Response) -> Response:
        context = current_context()
        request = context.request
        rule = request.url_rule
        log_answered(request.method, None if rule is None else rule.rule, response.status_code, context.started)
        response.headers.add("X-Request-Id", context.number)
        clear_log()
        return response
