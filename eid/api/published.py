"""Documents that say the same to everybody, kept as the octets that are sent, with their ETag."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request


@dataclass(frozen=True)
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
