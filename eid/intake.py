"""What a request may hold at all, checked before any view reads it: text that can be kept, and JSON that can be read.

A NUL cannot be kept by PostgreSQL, half a surrogate pair is no character (RFC 3629, section 3), and JSON may be nested deeper or
have longer numbers than a parser bears (RFC 8259, section 9). What a field means is checked where it is used, not here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, Map

from eid.errors import Unreadable
from eid.flask_context import current_context

MAX_BRACKETS = 1_000
"""In a JSON body; the deepest and widest that we describe has a few dozen."""
MAX_NUMBER = 2**63 - 1
_LONG_NUMBER = re.compile(rb"\d{1000}")
_EVERY = 50
_TRACE = re.compile(rb"\d{20}")
"""What a thousand digits in a row leave where one octet in fifty is looked at: to search all takes longer than to parse it."""
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


View = TypeVar("View", bound=Callable[..., Any])


def streams(media_type: str) -> Callable[[View], View]:
    """Mark a view that reads a body of this type piece by piece: it may be of any length, and the view bounds what it keeps.

    A body of any other type is as short there as elsewhere, and the view has to look at the type.
    """

    def mark(view: View) -> View:
        view.streams = media_type  # type: ignore[attr-defined]
        return view

    return mark


class StorableInteger(IntegerConverter):
    """A number in an address that a 64-bit column can hold; an address with a larger one leads nowhere."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": MAX_NUMBER, **kwargs})


def check_requests(app: Flask) -> None:
    """From now on no view of this application sees a request that holds what no text may hold."""

    @app.before_request
    def check_request() -> None:
        request = current_context().request
        if request.url_rule is None:
            return
        check_text(request.path)
        query = request.environ.get("QUERY_STRING")
        if query and (not query.isascii() or "\x00" in query or "%00" in query):
            _check_pairs(request.args)  # where a text that no text may be can come from nothing else, none is sought
        if request.environ.get("CONTENT_TYPE"):  # without a type there is neither JSON nor a form
            view = app.view_functions[request.url_rule.endpoint]
            if getattr(view, "streams", None) == request.mimetype:
                request.max_content_length = sys.maxsize
            if request.is_json:
                check_json(request.get_data())
            else:
                _check_pairs(request.form)


def _check_pairs(pairs: MultiDict[str, str]) -> None:
    check_text("".join([name + value for name, value in pairs.items(multi=True)]))


def check_text(text: str) -> None:
    """Raise Unreadable where this cannot be kept as text."""
    if _NO_TEXT.search(text):
        raise Unreadable("text_malformed", "The request holds characters that no text may hold.")


def check_json(body: bytes) -> None:
    """Raise Unreadable where this is JSON that a parser would choke on, or that holds what no text may hold.

    What is no JSON at all passes: whoever parses it says so.
    """
    if _holds_many_brackets(body) or holds_long_number(body):
        raise Unreadable("json_malformed", "The JSON is nested too deep, or a number in it is too long.")
    if b"\\" in body and b"\\u" in body:  # to look for one octet takes a fortieth of the time
        for text in _read_texts(body):
            check_text(text)


def _holds_many_brackets(body: bytes) -> bool:
    """A search for one octet passes over a long text in a tenth of the time that counting takes, and most bodies have few."""
    left = MAX_BRACKETS
    for bracket in (b"[", b"{"):
        at = body.find(bracket)
        while at >= 0:
            if left == 0:
                return True
            left -= 1
            at = body.find(bracket, at + 1)
    return False


def holds_long_number(body: bytes) -> bool:
    """Whether there are a thousand digits in a row, wherever they stand."""
    return _TRACE.search(body[::_EVERY]) is not None and _LONG_NUMBER.search(body) is not None


def _read_texts(body: bytes) -> Iterator[str]:
    """Every string in a JSON document, names too; none where it is no JSON."""
    try:
        waiting: list[Any] = [json.loads(body)]
    except ValueError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
