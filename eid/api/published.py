"""Documents that say the same to everybody, kept as the octets that are sent, with their ETag and all other headers.

The plain question for one is answered before Flask makes a request of it; any other (with a condition, a parameter, a proof of a
key, by another method) takes the whole way, and so does the first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, Response, request

from eid.errors import Unavailable
from eid.late_dataclasses import frozen
from eid.logs import draw_number, log_answered
from eid.metrics import count_answer


@frozen
class _Kept:
    made_of: object
    body: bytes
    etag: str


class PublishedDocument:
    """One document: what was sent last is sent again for as long as what it is made of is the same. One copy, never more."""

    def __init__(self, max_age: int) -> None:
        """`max_age` in seconds, for which anybody may keep it."""
        self._max_age = max_age
        self._kept: _Kept | None = None

    def answer(self, made_of: object, build: Callable[[], dict[str, Any]]) -> Response:
        """The document as JSON, or 304 for whoever has it; `build` is called where what it is `made_of` has changed."""
        kept = self._kept
        if kept is None or kept.made_of != made_of:
            kept = self._kept = self._write(made_of, build())
        response = Response(kept.body, mimetype="application/json")
        response.headers["ETag"] = kept.etag
        response.headers["Cache-Control"] = f"public, max-age={self._max_age}"
        if "HTTP_IF_NONE_MATCH" in request.environ or "HTTP_IF_MATCH" in request.environ:
            response.make_conditional(request)
        return response

    def _write(self, made_of: object, document: dict[str, Any]) -> _Kept:
        written = Response(json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n")
        written.add_etag()
        return _Kept(made_of, written.get_data(), written.headers["ETag"])


MadeOf = Callable[[], object]
"""What a document is made of now. Raises Unavailable where it cannot be made."""

_NOT_PLAIN = (
    "QUERY_STRING",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_RANGE",
    "HTTP_DPOP",
    "HTTP_PREFER",
)
_OF_ONE_ANSWER = frozenset({"x-request-id", "date"})


@frozen
class _Answer:
    made_of: object
    headers: list[tuple[str, str]]
    body: bytes


class PublishedFront:
    """Before an application: plain questions for these documents get what the application last answered to one.

    An answer is kept for each address and scheme, and is good for as long as what it is made of is the same.
    """

    def __init__(self, app: Flask, documents: Mapping[str, MadeOf]) -> None:
        """`documents`: address → what the document there is made of."""
        self._app, self._documents = app.wsgi_app, documents
        urls = app.url_map.bind("")
        self._acts = {path: str(urls.match(path)[0]) for path in documents}
        self._answers: dict[tuple[str, str], _Answer] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        made_of = self._find_made_of(path, environ) if path in self._documents else None
        if made_of is None:
            return self._app(environ, start_response)
        kept = self._answers.get((path, environ["wsgi.url_scheme"]))
        if kept is None or kept.made_of != made_of:
            return self._ask(made_of, environ, start_response)
        started, number = time.perf_counter(), draw_number()
        log_answered("GET", path, 200, started, request=number)
        count_answer(self._acts[path], "done", started)
        start_response("200 OK", [*kept.headers, ("X-Request-Id", number)])
        return [kept.body]

    def _find_made_of(self, path: str, environ: Mapping[str, Any]) -> object:
        """None for whatever has to take the whole way."""
        if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in _NOT_PLAIN):
            return None
        try:
            return self._documents[path]()
        except Unavailable:
            return None  # the application says so

    def _ask(self, made_of: object, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        told: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            told[:] = status, headers
            return start_response(status, headers, *failed)

        answer = self._app(environ, note)
        body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        status, headers = told
        names = {name.lower() for name, _ in headers}
        if status == "200 OK" and not names & {"set-cookie", "vary"}:
            kept = [pair for pair in headers if pair[0].lower() not in _OF_ONE_ANSWER]
            self._answers[environ["PATH_INFO"], environ["wsgi.url_scheme"]] = _Answer(made_of, kept, body)
        return [body]
