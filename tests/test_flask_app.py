"""What Flask would work out at each request is worked out once, and stays right."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, session, url_for
from sqlalchemy import text
from werkzeug.routing import Rule

from eid.db import db
from eid.flask_app import ServiceFlask
from eid.lean_cursor import LeanCursor
from tests.turns import both_engines


def test_a_coroutine_among_views_and_hooks_is_refused_before_anything_is_served() -> None:
    async def never_run() -> None: ...

    app = ServiceFlask("test")
    app.check_no_coroutines()
    app.before_request(never_run)
    with pytest.raises(TypeError, match="never_run"):
        app.check_no_coroutines()


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
