"""Answers as this service sends them: what Flask and Werkzeug would send, octet by octet, with less on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Response
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import Headers

from eid.json_writing import make_writer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PART = r"[\w.~%!$&'()*+,:;=@-]"
_HOST = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*(?::[1-9][0-9]{0,3})?"
_URI = re.compile(rf"(?:https?://{_HOST})?(?:/{_PART}+)+/?(?:\?(?:{_PART}|[/?])+)?", re.ASCII)
"""An address that Werkzeug would write as it is."""


class ServiceResponse(Response):
    """Flask's response. One that is whole goes to the server as the list that it is, which a server can send at once."""

    @classmethod
    def of_text(cls, text: str, content_type: str) -> ServiceResponse:
        """What the constructor makes of them."""
        body, made = text.encode(), cls.__new__(cls)
        made.headers = Headers()
        made.headers.add("Content-Type", content_type)
        made.headers.add("Content-Length", str(len(body)))
        made._status, made._status_code = "200 OK", 200
        made.direct_passthrough, made._on_close, made.response = False, [], [body]
        return made

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = list(self.headers)
        length = self._find_length(environ, headers)
        if length is None:
            return super().__call__(environ, start_response)
        if length >= 0:
            headers.append(("Content-Length", str(length)))
        start_response(self._status, headers)
        return self.response  # type: ignore[return-value]

    def _find_length(self, environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> int | None:
        """How long the body is, of which the headers say nothing; -1 where they do; None for an answer that is left to Werkzeug:
        a stream, one without a body, one with something to do when it is sent, one with a header that must be looked at."""
        status, body = self._status_code, self.response
        if type(body) is not list or self._on_close or self.direct_passthrough or environ["REQUEST_METHOD"] == "HEAD":
            return None
        if status < 200 or status == 204 or status == 304:
            return None
        length = 0
        for part in body:
            if type(part) is not bytes:
                return None
            length += len(part)
        for name, value in headers:
            named = name.lower()
            if named == "content-length":
                length = -1
            elif named == "content-location" or (named == "location" and not _URI.fullmatch(value)):
                return None
        return length


class ServiceJson(DefaultJSONProvider):
    """JSON as Flask writes it by default, by a writer that is made once."""

    _write = staticmethod(make_writer(default=DefaultJSONProvider.default, sort_keys=True, separators=(",", ":")))

    def response(self, *args: Any, **kwargs: Any) -> Response:
        if self._app.debug:  # there it is indented
            return super().response(*args, **kwargs)  # type: ignore[return-value]
        return ServiceResponse.of_text(f"{self._write(self._prepare_response_obj(args, kwargs))}\n", self.mimetype)
