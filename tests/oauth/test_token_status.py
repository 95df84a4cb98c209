"""Ending tokens and asking about them: RFC 7009, RFC 7662, RFC 9470 section 6.2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.models import AuthMethod
from tests.oauth.conftest import BACK, ISSUER, Citizen
from tests.oauth.test_refresh import claims_of, first, get_code, is_dead, refresh, service  # noqa: F401


def call(client: FlaskClient, path: str, service: RegisteredClient, token: str | None) -> TestResponse:  # noqa: F811
    form = {} if token is None else {"token": token}
    return client.post(path, data=form, auth=(service.client_id, service.secret or ""))


def test_a_revoked_access_token_opens_nothing_and_the_grant_lives_on(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    first: dict[str, Any],  # noqa: F811
) -> None:
    """RFC 7009, section 2.1"""
    for _ in range(2):
        answer = call(client, "/oauth/revoke", service, first["access_token"])
        assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (200, b"", None)
    assert is_dead(first["access_token"])
    assert refresh(client, service, first["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_ends_its_grant(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    first: dict[str, Any],  # noqa: F811
) -> None:
    """RFC 7009, section 2.1: and the access tokens of the same grant"""
    assert call(client, "/oauth/revoke", service, first["refresh_token"]).status_code == 200
    assert is_dead(first["access_token"])
    assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_only_its_own_client_ends_a_token_and_an_unknown_one_is_no_error(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    first: dict[str, Any],  # noqa: F811
) -> None:
    """RFC 7009, sections 2.1 and 2.2"""
    thief = register_client(name="Other", redirect_uris=[BACK])
    for token in (first["access_token"], first["refresh_token"]):
        refused = call(client, "/oauth/revoke", thief, token)
        assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")
    assert not is_dead(first["access_token"])
    assert call(client, "/oauth/revoke", service, "unknown").status_code == 200
    assert call(client, "/oauth/revoke", service, None).get_json()["error"] == "invalid_request"
    assert client.post("/oauth/revoke", data={"token": first["access_token"]}).status_code == 401


def test_an_active_token_is_described(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    first: dict[str, Any],  # noqa: F811
    citizen: Citizen,
) -> None:
    """RFC 7662, section 2.2; RFC 9470, section 6.2"""
    answer = call(client, "/oauth/introspect", service, first["access_token"])
    found = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (found["active"], found["iss"], found["client_id"]) == (True, ISSUER, service.client_id)
    assert found["sub"] == claims_of(first["id_token"])["sub"]
    assert found["scope"] == first["scope"]
    assert found["exp"] - found["iat"] == 600
    assert (found["acr"], found["auth_time"]) == (
        "LoA2",
        int(citizen.new_session.session.authenticated_at.timestamp()),
    )


def test_of_any_other_token_nothing_is_said(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    first: dict[str, Any],  # noqa: F811
) -> None:
    """RFC 7662, section 2.2: unknown, expired, revoked, another client's, or no access token"""
    other = register_client(name="Other", redirect_uris=[BACK])
    silent = {"active": False}
    assert call(client, "/oauth/introspect", other, first["access_token"]).get_json() == silent
    assert call(client, "/oauth/introspect", service, "unknown").get_json() == silent
    assert call(client, "/oauth/introspect", service, first["refresh_token"]).get_json() == silent
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1), tick=False):
        assert call(client, "/oauth/introspect", service, first["access_token"]).get_json() == silent
    call(client, "/oauth/revoke", service, first["access_token"])
    assert call(client, "/oauth/introspect", service, first["access_token"]).get_json() == silent


@pytest.mark.parametrize("extra", [{}, {"token": "x"}])
def test_who_asks_must_prove_it(client: FlaskClient, extra: dict[str, str]) -> None:
    """RFC 7662, section 2.1: a public client cannot"""
    public = register_client(name="App", redirect_uris=["http://localhost/"], auth_method=AuthMethod.NONE)
    refused = client.post("/oauth/introspect", data={"client_id": public.client_id} | extra)
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
