"""What is kept of a request is its own, and made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, g, request, session, stream_with_context, url_for
from werkzeug.routing import MapAdapter

from eid.flask_app import ServiceFlask
from eid.flask_context import MOST_HOSTS, current_context


def build(kind: type[Flask]) -> Flask:
    app = kind("test")
    app.secret_key = "secret"
    app.add_url_rule("/plain", "plain", view_func=lambda: url_for("person", number=1, _external=True))
    app.add_url_rule("/plain", "send", methods=["POST"], view_func=lambda: "sent")
    app.add_url_rule("/below/", "below", view_func=lambda: "below")
    app.add_url_rule("/people/<int:number>", "person", view_func=lambda number: str(number))
    app.add_url_rule("/session", "session", view_func=lambda: str(dict(session)))
    return app


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/plain", {}),
    ("HEAD", "/plain", {}),
    ("POST", "/plain", {}),
    ("PUT", "/plain", {}),
    ("OPTIONS", "/plain", {}),
    ("GET", "//plain", {}),
    ("GET", "/plain/", {}),
    ("GET", "/below", {}),
    ("GET", "/below/", {}),
    ("GET", "/people/7", {}),
    ("GET", "/people/8", {}),
    ("GET", "/people/x", {}),
    ("GET", "", {}),
    ("GET", "/plain", {"HTTP_HOST": "other.example:8080"}),
    ("GET", "/plain", {"HTTP_HOST": "a" * 64 + ".example"}),
    ("GET", "/plain", {"HTTP_HOST": "no host"}),
    ("GET", "/plain", {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}),
    ("GET", "/plain", {"SCRIPT_NAME": "/mounted"}),
    ("GET", "/session", {}),
]


def test_every_address_leads_where_it_leads_with_flask_at_first_and_ever_after() -> None:
    ours, theirs = build(ServiceFlask).test_client(), build(Flask).test_client()
    for _ in range(3):
        for method, path, environ in ASKED:
            told = []
            for client in (ours, theirs):
                answer = client.open(path, method=method, environ_overrides=environ)
                told.append((answer.status, sorted(answer.headers), answer.data))
            assert told[0] == told[1], (method, path, environ)


def test_the_route_of_an_address_without_variables_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []
    match = MapAdapter.match

    def watch(self: MapAdapter, *args: Any, **more: Any) -> Any:
        sought.append(self.path_info)
        return match(self, *args, **more)

    monkeypatch.setattr(MapAdapter, "match", watch)
    client = build(ServiceFlask).test_client()
    for path in ("/plain", "/people/7") * 3:
        client.get(path)
    assert sought == ["/plain", *["/people/7"] * 3]


def test_no_more_names_of_hosts_are_kept_than_a_service_can_have() -> None:
    app = ServiceFlask("test")
    app.add_url_rule("/", "home", view_func=lambda: "")
    for number in range(3 * MOST_HOSTS):
        assert app.test_client().get("/", environ_overrides={"HTTP_HOST": f"host-{number}"}).status_code == 200
    assert len(app.known_routes._hosts) <= MOST_HOSTS and len(app.known_routes._rules) == 1


def test_a_request_knows_whether_the_context_of_its_application_is_older() -> None:
    app = ServiceFlask("test")
    app.add_url_rule("/", "look", view_func=lambda: str(current_context().is_within_older))
    assert app.test_client().get("/").text == "False"
    with app.app_context():
        assert app.test_client().get("/").text == "True"


@pytest.mark.parametrize("kind", [ServiceFlask, Flask])
def test_a_stream_goes_on_with_what_is_kept_of_its_request(kind: type[Flask]) -> None:
    app = kind("test")
    ended: list[str] = []

    def stream() -> Iterator[str]:
        yield request.path
        yield f"{g.seen}{len(ended)}"

    def open_stream() -> Response:
        g.seen = "/inside"
        return Response(stream_with_context(stream()))

    app.add_url_rule("/stream", "stream", view_func=open_stream)
    app.teardown_request(lambda _error: ended.append("yes"))
    assert app.test_client().get("/stream").text == "/stream/inside1"
    assert len(ended) == 2


def test_a_session_is_opened_for_whoever_asks_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    app = build(ServiceFlask)
    app.add_url_rule("/keep", "keep", view_func=lambda: session.setdefault("seen", "yes"))
    opened: list[str] = []
    open_session = app.session_interface.open_session
    monkeypatch.setattr(
        app.session_interface, "open_session", lambda *args: opened.append("yes") or open_session(*args)
    )
    client = app.test_client()
    kept = client.get("/keep")
    assert "Set-Cookie" in kept.headers and kept.headers["Vary"] == "Cookie"
    assert client.get("/session").text == "{'seen': 'yes'}" and len(opened) == 2
    plain = client.get("/plain")
    assert len(opened) == 2 and not {"Set-Cookie", "Vary"} & set(plain.headers.keys())
