"""A request as this service reads it: what Werkzeug reads, the same values under the same names and limits, with less on the way.
Whatever is unusual is left to Werkzeug.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_to_bytes

from flask import Request
from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.http import parse_cookie

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST_DIGITS = 18
"""Of a length that is believed."""
FORM = "application/x-www-form-urlencoded"
_KEEP_BAD_OCTETS = "werkzeug.url_quote"
"""How Werkzeug reads octets that are no UTF-8: they stay percent-encoded."""

_READ = frozenset({"form", "stream", "_cached_data"})
"""What Werkzeug keeps of a body that it has begun to read."""


class RequestHeaders(EnvironHeaders):
    """The headers of a request; to ask for one that is not there costs no more than for one that is."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        if type is not None:
            return super().get(key, default, type)
        return self.environ.get(_name_in_environ(key), default)


class ServiceRequest(Request):
    """Flask's request, of an environment that is not looked through twice for anything."""

    headers: RequestHeaders

    def __init__(self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False) -> None:
        self.environ, self.shallow = environ, shallow
        self.method = environ.get("REQUEST_METHOD", "GET").upper()
        self.scheme = environ.get("wsgi.url_scheme", "http")
        self.root_path = _decode(environ.get("SCRIPT_NAME") or "").rstrip("/")
        self.path = "/" + _decode(environ.get("PATH_INFO") or "").lstrip("/")
        self.query_string = environ.get("QUERY_STRING", "").encode("latin1")
        self.headers = RequestHeaders(environ)
        self.remote_addr = environ.get("REMOTE_ADDR")
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @cached_property
    def server(self) -> tuple[str, int | None] | None:  # type: ignore[override]
        """Where the server listens."""
        name, port = self.environ.get("SERVER_NAME"), str(self.environ.get("SERVER_PORT", ""))
        return None if name is None else (name, int(port) if port.isdecimal() else None)

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        return ImmutableMultiDict(read_pairs(self.query_string.decode()))

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        return parse_cookie(self.environ.get("HTTP_COOKIE", ""), cls=ImmutableMultiDict)  # type: ignore[return-value]

    @cached_property
    def mimetype(self) -> str:
        stated: str = self.environ.get("CONTENT_TYPE", "")
        return super().mimetype if ";" in stated else stated.strip().lower()

    def close(self) -> None:
        if "files" in self.__dict__:
            super().close()

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        self._load_form_data()
        form: ImmutableMultiDict[str, str] = self.__dict__["form"]
        return form

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        if cache and not parse_form_data and self._can_be_read_at_once():
            self._cached_data = self._read_at_once()
        return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]

    def _load_form_data(self) -> None:
        if self.mimetype != FORM or not self._can_be_read_at_once():
            super()._load_form_data()
            return
        try:
            pairs = read_pairs(self._read_at_once().decode())
        except UnicodeDecodeError:
            pairs = []
        self.__dict__.update(form=ImmutableMultiDict(pairs), files=ImmutableMultiDict())

    def _can_be_read_at_once(self) -> bool:
        """The length of the body was told, and nothing of it was read yet."""
        told: str = self.environ.get("CONTENT_LENGTH", "")
        is_told = told.isascii() and told.isdigit() and len(told) <= MOST_DIGITS
        is_plain = is_told and "HTTP_TRANSFER_ENCODING" not in self.environ and not self.shallow
        return is_plain and self.__dict__.keys().isdisjoint(_READ)

    def _read_at_once(self) -> bytes:
        """The body. Raises RequestEntityTooLarge, and ClientDisconnected where less comes than was told."""
        length, limit, source = int(self.environ["CONTENT_LENGTH"]), self.max_content_length, self.environ["wsgi.input"]
        if limit is not None and length > limit:
            raise RequestEntityTooLarge
        body: bytes = source.read(length)
        while len(body) < length:
            more = source.read(length - len(body))
            if not more:
                raise ClientDisconnected
            body += more
        self.__dict__["stream"] = BytesIO()  # there is nothing more
        return body


def read_pairs(encoded: str) -> list[tuple[str, str]]:
    """Names and values of a query or a form, in their order (URL Standard, section 5.1)."""
    pairs = []
    for part in encoded.split("&"):
        if part:
            name, _, value = part.partition("=")
            if "%" in part or "+" in part:
                name, value = _unquote(name), _unquote(value)
            pairs.append((name, value))
    return pairs


def _unquote(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode(errors=_KEEP_BAD_OCTETS)
    return unquote(text, errors=_KEEP_BAD_OCTETS)


def _decode(text: str) -> str:
    """Of an environment, where octets stand as Latin-1 (PEP 3333)."""
    return text if text.isascii() else text.encode("latin1").decode(errors="replace")


@lru_cache(maxsize=256)
def _name_in_environ(field: str) -> str:
    name = field.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
