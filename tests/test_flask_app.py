"""What Flask would work out at each request is worked out once, and stays right."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import (
    Blueprint,
    Flask,
    Response,
    after_this_request,
    current_app,
    request,
    request_tearing_down,
    session,
    url_for,
)
from flask_wtf import CSRFProtect
from sqlalchemy import text
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from eid.db import db
from eid.flask_app import ServiceFlask, concerns
from eid.lean_cursor import LeanCursor
from tests.turns import both_engines


def test_a_coroutine_among_views_and_hooks_is_refused_before_anything_is_served() -> None:
    async def never_run() -> None: ...

    app = ServiceFlask("test")
    app.check_hooks()
    app.before_request(never_run)
    with pytest.raises(TypeError, match="never_run"):
        app.check_hooks()


def test_a_hook_that_looks_into_addresses_is_refused_since_it_would_not_be_called() -> None:
    app = ServiceFlask("test")
    app.url_value_preprocessor(lambda _endpoint, _values: None)
    with pytest.raises(TypeError, match="url_value_preprocessor"):
        app.check_hooks()


def build_with_hooks(kind: type[Flask], called: list[str]) -> Flask:
    """An application with hooks of each kind at each of three places."""
    app, outer, inner = kind("test"), Blueprint("outer", "test"), Blueprint("inner", "test")

    def see(response: Response, name: str) -> Response:
        called.append(name)
        return response

    def say() -> str:
        after_this_request(lambda response: see(response, "of this request"))
        return "seen"

    inner.add_url_rule("/inner", "see", view_func=say)
    outer.add_url_rule("/outer", "see", view_func=say)
    app.add_url_rule("/app", "see", view_func=say)
    for place, name in ((app, "app"), (outer, "outer"), (inner, "inner")):
        for turn in ("first", "second"):
            place.before_request(partial(called.append, f"before {name} {turn}"))
            place.after_request(partial(see, name=f"after {name} {turn}"))
            place.teardown_request(lambda _error, name=name, turn=turn: called.append(f"end {name} {turn}"))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    return app


@pytest.mark.parametrize("path", ["/app", "/outer", "/inner", "/nowhere"])
def test_hooks_are_called_in_the_order_of_flask(path: str) -> None:
    ours: list[str] = []
    theirs: list[str] = []
    for kind, called in ((ServiceFlask, ours), (Flask, theirs)):
        client = build_with_hooks(kind, called).test_client()
        for _ in range(2):
            client.get(path)
    assert ours == theirs and len(ours) >= 12


def test_the_first_answer_of_a_hook_is_the_requests_and_the_hooks_after_it_see_it() -> None:
    app = ServiceFlask("test")
    app.add_url_rule("/", "see", view_func=lambda: "never")
    app.before_request(lambda: ("refused", 403))
    app.before_request(lambda: ("never", 500))
    app.after_request(lambda response: response if response.status_code == 403 else Response("not seen"))
    assert app.test_client().get("/").text == "refused"


def test_a_hook_is_called_where_it_is_concerned_and_nowhere_else() -> None:
    app, called = ServiceFlask("test"), list[str]()
    for name in ("one", "two"):
        app.add_url_rule(f"/{name}", name, view_func=lambda: "")

    @app.before_request
    @concerns(lambda route: route is not None and route.endpoint == "one")
    def note_one() -> None:
        called.append("one")

    @app.before_request
    @concerns(lambda route: route is None)
    def note_nowhere() -> None:
        called.append("nowhere")

    for path in ("/one", "/two", "/none", "/one"):
        app.test_client().get(path)
    assert called == ["one", "nowhere", "one"]


def test_whoever_waits_for_the_end_of_requests_is_told() -> None:
    app, told = ServiceFlask("test"), list[object]()
    with request_tearing_down.connected_to(lambda sender, **_: told.append(sender), app):
        app.test_client().get("/")
    assert told == [app]


@pytest.mark.parametrize(
    "answer", ["text", ("text", 201), {"a": 1}, Response("text"), WerkzeugResponse("text"), NotFound()]
)
def test_whatever_a_view_answers_becomes_an_answer_of_this_service(answer: Any) -> None:
    told = []
    for app in (ServiceFlask("test"), Flask("test")):
        app.add_url_rule("/", "see", view_func=lambda: answer)
        app.after_request(
            lambda response: response if isinstance(response, current_app.response_class) else Response("no")
        )
        sent = app.test_client().get("/")
        told.append((sent.status, sorted(sent.headers), sent.data))
    assert told[0] == told[1]


def test_a_form_is_checked_at_every_address_that_is_not_exempt(app: Flask) -> None:
    """Which hooks a route has is decided beforehand; whether it is exempt, by CSRFProtect."""
    csrf: CSRFProtect = app.extensions["csrf"]
    assert isinstance(app, ServiceFlask)
    for rule in app.url_map.iter_rules():
        with app.test_request_context(method="POST"):
            request.url_rule = rule
            names = [getattr(hook, "__name__", "") for hook in app._find_hooks(request).before]
            assert "csrf_protect" in names or csrf._is_exempt(), rule


def test_a_cookie_is_read_by_the_secret_that_the_application_has_now() -> None:
    app = ServiceFlask("test")
    app.secret_key = "one"
    app.add_url_rule("/", "keep", view_func=lambda: str(session.setdefault("seen", "yes") and dict(session)))
    app.add_url_rule("/look", "look", view_func=lambda: str(dict(session)))
    client = app.test_client()
    client.get("/")
    assert client.get("/look").text == "{'seen': 'yes'}"
    app.secret_key = "another"
    assert client.get("/look").text == "{}"


def test_an_address_is_written_as_flask_writes_it_and_compiled_when_it_is_first_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []
    compile_now = Rule._compile_builder

    def watch(rule: Rule, append_unknown: bool = True) -> Any:
        compiled.append(rule.rule)
        return compile_now(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", watch)
    addresses: list[list[str]] = []

    def see(**_values: object) -> str:
        return ""

    for app in (ServiceFlask("test"), Flask("test")):
        app.add_url_rule("/people/<int:rule>/<path:self>", "person", view_func=see)
        app.add_url_rule("/years", "years", defaults={"year": 2026}, view_func=see)
        app.add_url_rule("/years/<int:year>", "years", view_func=see)
        if isinstance(app, ServiceFlask):
            assert "/years" not in compiled
        with app.test_request_context():
            written = [url_for("person", rule=7, self="a b/c"), url_for("years", year=2026), url_for("years", year=1)]
            addresses.append([*written, url_for("person", rule=7, self="d", more="ừ")])
    assert addresses[0] == addresses[1] and addresses[0][1:3] == ["/years", "/years/1"]


@both_engines
def test_a_statement_in_words_knows_its_columns(app: Flask) -> None:
    """Of a statement that nobody compiled, the description is all that there is."""
    result = db.session.execute(text("SELECT 1 AS one, 'b' AS other"))
    assert list(result.keys()) == ["one", "other"]
    if db.engine.dialect.driver == "psycopg":
        cursor = result.cursor  # type: ignore[attr-defined]
        assert isinstance(cursor, LeanCursor)
        assert cursor.description[1].name == "other" and len(cursor.description) == 2
        assert [column.name for column in cursor.description] == ["one", "other"]
    result.close()
    gone = db.session.execute(text("DELETE FROM persons WHERE id < 0"))
    assert not gone.returns_rows  # type: ignore[attr-defined]
    db.session.rollback()
