"""A request is read as Werkzeug reads it: the same values, the same limits."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Request, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.test import EnvironBuilder

from eid.flask_app import ServiceFlask
from eid.flask_request import FORM, ServiceRequest

ENCODED = st.text(st.sampled_from("ab=&+%;04fE~é \x00") | st.characters(max_codepoint=255))
"""As a query stands in an environment: octets as Latin-1."""


class Slow(BytesIO):
    """Gives one octet at a time, as a connection may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1))


def environ_of(**more: Any) -> dict[str, Any]:
    return EnvironBuilder("/").get_environ() | more


def posted(body: bytes, **more: Any) -> dict[str, Any]:
    told = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
    return environ_of(REQUEST_METHOD="POST", **{"wsgi.input": BytesIO(body)} | told | more)


def read(made: Any) -> Any:
    """What comes of it, or the kind of what is raised."""
    try:
        return made()
    except (ValueError, RequestEntityTooLarge, ClientDisconnected) as error:
        return type(error)


@given(ENCODED)
def test_a_query_is_read_as_werkzeug_reads_it(query: str) -> None:
    ours, theirs = (kind(environ_of(QUERY_STRING=query)) for kind in (ServiceRequest, Request))
    assert read(lambda: list(ours.args.items(multi=True))) == read(lambda: list(theirs.args.items(multi=True)))


@given(st.binary() | ENCODED.map(str.encode))
def test_a_form_is_read_as_werkzeug_reads_it(body: bytes) -> None:
    ours, theirs = ServiceRequest(posted(body)), Request(posted(body))
    assert list(ours.form.items(multi=True)) == list(theirs.form.items(multi=True))
    assert ours.get_data() == theirs.get_data() == b"" and not ours.files


@pytest.mark.parametrize(
    "told",
    [
        {"wsgi.input_terminated": True},
        {"CONTENT_TYPE": f" {FORM.upper()} ; charset=utf-8"},
        {"CONTENT_TYPE": "multipart/form-data"},
        {"CONTENT_TYPE": "application/json"},
        {"CONTENT_TYPE": ""},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-3"},
        {"CONTENT_LENGTH": "9" * 5_000},
        {"CONTENT_LENGTH": "\u0663"},
        {"CONTENT_LENGTH": "9"},
        {"CONTENT_LENGTH": "4"},
        {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
    ],
)
@pytest.mark.parametrize("limit", [None, 4, 6, 100])
def test_a_body_that_is_told_in_any_way_is_read_as_werkzeug_reads_it(told: dict[str, Any], limit: int | None) -> None:
    for first, second in (("form", "data"), ("data", "form")):
        found = []
        for kind in (ServiceRequest, Request):
            asked = kind(posted(b"a=%41", **told))
            asked.max_content_length = limit
            looks = {"form": lambda asked=asked: asked.form.to_dict(), "data": lambda asked=asked: asked.get_data()}
            found.append((read(looks[first]), read(looks[second])))
        assert found[0] == found[1]


def test_a_body_that_comes_in_pieces_is_read_whole_and_one_that_ends_early_not_at_all() -> None:
    assert ServiceRequest(posted(b"a=1&b=2") | {"wsgi.input": Slow(b"a=1&b=2")}).form.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(ClientDisconnected):
        _ = ServiceRequest(posted(b"a=1&b=2") | {"wsgi.input": Slow(b"a=1")}).form


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_what_is_known_from_the_start_is_what_werkzeug_knows(path: str, below: str) -> None:
    environ = environ_of(PATH_INFO=path, SCRIPT_NAME=below, REQUEST_METHOD="gEt", SERVER_PORT="8000", REMOTE_ADDR="::1")
    ours, theirs = ServiceRequest(dict(environ)), Request(dict(environ))
    for name in vars(theirs):
        if name not in ("environ", "headers"):
            assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize(
    "server", [{"SERVER_PORT": ""}, {"SERVER_PORT": "x"}, {"SERVER_NAME": "/run/eid", "SERVER_PORT": None}]
)
def test_where_the_server_listens_is_known_however_it_is_told(server: dict[str, Any]) -> None:
    assert ServiceRequest(environ_of(**server)).server == Request(environ_of(**server)).server
    environ = environ_of()
    del environ["SERVER_NAME"], environ["SERVER_PORT"]
    assert ServiceRequest(environ).server is None


def test_headers_and_cookies_are_found_by_any_spelling() -> None:
    told = {"HTTP_AUTHORIZATION": "Bearer x", "CONTENT_TYPE": "text/plain", "HTTP_COOKIE": 'a=1; b="\\303\\251"; a=2'}
    ours, theirs = ServiceRequest(environ_of(**told)), Request(environ_of(**told))
    for name in ("authorization", "AUTHORIZATION", "Content-Type", "DPoP", "X_None"):
        assert ours.headers.get(name) == theirs.headers.get(name)
    assert ours.headers.get("DPoP", "none") == "none" and ours.headers.get("Content-Length", type=int) is None
    assert list(ours.cookies.items(multi=True)) == list(theirs.cookies.items(multi=True))
    assert ServiceRequest(environ_of()).cookies == {}


def test_a_body_that_is_larger_than_the_application_takes_is_refused_whatever_it_is() -> None:
    app = ServiceFlask("test")
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.add_url_rule("/form", "form", methods=["POST"], view_func=lambda: request.form.to_dict())
    app.add_url_rule("/json", "json", methods=["POST"], view_func=lambda: {"found": request.get_json()})
    client = app.test_client()
    assert client.post("/form", data={"a": "1"}).get_json() == {"a": "1"}
    assert client.post("/form", data={"a": "1" * 9}).status_code == 413
    assert client.post("/json", json="a").get_json() == {"found": "a"}
    assert client.post("/json", json="a" * 9).status_code == 413
    assert Flask.request_class is not ServiceRequest
