"""An answer is sent as Flask sends it: the same status, headers and octets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from hypothesis import given
from hypothesis import strategies as st

from eid.flask_app import ServiceFlask
from eid.flask_response import ServiceResponse

Make = Callable[[type[Response]], Response]


def send(answer: Response, method: str = "GET") -> Any:
    """What a server gets, or the kind of what is raised."""
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_failed: Any) -> Any:
        told.extend([status, sorted((name.lower(), value) for name, value in headers)])

    try:
        body: Iterable[bytes] = answer(
            {"REQUEST_METHOD": method, "wsgi.url_scheme": "https", "HTTP_HOST": "eid.test"}, start
        )
    except (ValueError, UnicodeError) as error:
        return type(error)
    return [*told, b"".join(body)]


ANSWERS: dict[str, Make] = {
    "text": lambda kind: kind("một"),
    "octets": lambda kind: kind(b"\xff", mimetype="application/json"),
    "nothing": lambda kind: kind(status=201),
    "no body may be": lambda kind: kind("lost", status=204),
    "not changed": lambda kind: kind("lost", status=304, headers={"ETag": '"x"', "Allow": "GET"}),
    "pieces": lambda kind: kind([b"a", b"bc"]),
    "pieces of text": lambda kind: kind(["a", "é"]),
    "a stream": lambda kind: kind(iter([b"a", b"bc"])),
    "a length of its own": lambda kind: kind([b"abc"], headers={"content-length": "3"}),
    "elsewhere": lambda kind: kind(
        status=303, headers={"Location": "https://clinic.example:8443/back?code=a-_~.%20&state=/?x"}
    ),
    "elsewhere here": lambda kind: kind(status=303, headers={"location": "/citizen/sign-in?next=%2F"}),
    "elsewhere in other letters": lambda kind: kind(status=303, headers={"Location": "https://Đất.example/ừ?a=ừ ü#b"}),
    "the place of this": lambda kind: kind("a", headers={"Content-Location": "/ừ"}),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_sent_as_flask_sends_it(name: str, method: str) -> None:
    assert send(ANSWERS[name](ServiceResponse), method) == send(ANSWERS[name](Response), method)


@given(
    st.sampled_from(["", "/", "//", "http:", "https://", "HTTPS://", "https://a", "custom:/"]),
    st.text('aB.:-/?#%&=@[ü é"<>_~1'),
)
def test_wherever_an_answer_leads_the_address_is_written_as_flask_writes_it(begin: str, rest: str) -> None:
    headers = {"Location": begin + rest}
    assert send(ServiceResponse(status=302, headers=headers)) == send(Response(status=302, headers=headers))


def test_an_answer_that_is_whole_is_given_to_the_server_as_a_list_and_no_other() -> None:
    def body_of(answer: Response) -> object:
        return answer({"REQUEST_METHOD": "GET"}, lambda *_: None)  # type: ignore[arg-type,return-value]

    assert body_of(ServiceResponse("a")) == [b"a"]
    closed: list[str] = []
    answer = ServiceResponse("a")
    answer.call_on_close(lambda: closed.append("yes"))
    body: Any = body_of(answer)
    assert type(body) is not list and list(body) == [b"a"]
    body.close()
    assert closed == ["yes"]


def test_json_is_made_as_flask_makes_it() -> None:
    for app in (ServiceFlask("test"), Flask("test")):
        app.debug = True
        with app.app_context():
            assert jsonify(b=1, a=[2]).get_data() == b'{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n'
    ours, theirs = ServiceFlask("test"), Flask("test")
    for given_ in ({"b": 1, "a": "ừ"}, {}):
        with ours.app_context():
            made: Any = jsonify(**given_)
        with theirs.app_context():
            like = jsonify(**given_)
        assert send(made) == send(like)
        assert {**vars(made), "headers": list(made.headers)} == {**vars(like), "headers": list(like.headers)}
        made.status_code = 400
        assert made.status == "400 BAD REQUEST"
