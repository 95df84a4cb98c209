"""How many statements a sign-in costs: twelve are allowed where the consent is remembered, eight for token and userinfo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, answer_at, redeem, request_of


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile, but for the beginnings of transactions."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("consented")
def test_a_sign_in_with_session_and_remembered_consent(
    app: Flask, client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    parameters = request_of(service)
    redeem(client, service, answer_at(client.get("/oauth/authorize", query_string=parameters))["code"])
    db.session.remove()
    with counting() as authorizing:
        answer = client.get("/oauth/authorize", query_string=parameters)
    assert len(authorizing) <= 5, "\n".join(authorizing)
    with counting() as redeeming:
        token = redeem(client, service, answer_at(answer)["code"]).get_json()["access_token"]
    assert len(redeeming) <= 5, "\n".join(redeeming)
    with counting() as reading:
        client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert len(reading) <= 3, "\n".join(reading)
