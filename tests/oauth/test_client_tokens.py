"""Client credentials (RFC 6749, section 4.4): a token in the client's own name, for what it is registered for, of nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed
from eid.oauth import client_tokens
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.models import AuthMethod, ClientToken
from tests.oauth.conftest import BACK

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def counter(client: FlaskClient) -> RegisteredClient:
    """A clinic that may read two papers of whoever holds out a card."""
    return register_client(
        name="Quầy", redirect_uris=[BACK], purpose="Tiếp đón", own_scopes=["health_insurance", "driving_licence"]
    )


def ask(client: FlaskClient, service: RegisteredClient, secret: str | None = None, **parameters: str) -> TestResponse:
    auth = (service.client_id, service.secret or "" if secret is None else secret)
    return client.post("/oauth/token", data=GRANT | parameters, auth=auth)


def introspect(client: FlaskClient, service: RegisteredClient, token: str) -> dict[str, Any]:
    answer = client.post(
        "/oauth/introspect", data={"token": token}, auth=(service.client_id, service.secret or "")
    ).get_json()
    return dict(answer)


def test_a_client_gets_a_token_for_what_it_may_ask_in_its_own_name(
    client: FlaskClient, counter: RegisteredClient
) -> None:
    """RFC 6749, section 4.4.3: an access token, and no refresh token."""
    answer = ask(client, counter)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert body["scope"] == "health_insurance driving_licence"
    assert ask(client, counter, scope="driving_licence").get_json()["scope"] == "driving_licence"


@pytest.mark.parametrize("scope", ["openid", "profile", "health_insurance openid", "tax", "health_insurance,x"])
def test_what_it_is_not_registered_for_is_refused(client: FlaskClient, counter: RegisteredClient, scope: str) -> None:
    answer = ask(client, counter, scope=scope)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


def test_a_client_that_is_not_registered_for_it_is_refused(client: FlaskClient, service: RegisteredClient) -> None:
    """RFC 6749, section 5.2: unauthorized_client."""
    answer = ask(client, service)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "unauthorized_client")


def test_a_client_with_a_wrong_secret_is_refused(client: FlaskClient, counter: RegisteredClient) -> None:
    answer = ask(client, counter, secret="wrong")
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_public_client_is_refused(client: FlaskClient) -> None:
    """RFC 6749, section 4.4: confidential clients only."""
    public = register_client(name="App", redirect_uris=[BACK], auth_method=AuthMethod.NONE)
    answer = client.post("/oauth/token", data=GRANT | {"client_id": public.client_id})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "unauthorized_client")
    with pytest.raises(Malformed) as refused:
        register_client(name="App", redirect_uris=[BACK], auth_method=AuthMethod.NONE, own_scopes=["health_insurance"])
    assert refused.value.code == "client_public"


@pytest.mark.parametrize("scope", ["openid", "profile", "no-such"])
def test_only_papers_can_be_registered_for(client: FlaskClient, scope: str) -> None:
    with pytest.raises(Malformed) as refused:
        register_client(name="App", redirect_uris=[BACK], own_scopes=[scope])
    assert refused.value.code == "scope_own"


@pytest.mark.parametrize(
    ("method", "address"), [("GET", "/oauth/userinfo"), ("POST", "/api/v1/papers/health_insurance/tokens")]
)
def test_the_token_is_nobodys_and_opens_nothing_of_anybody(
    client: FlaskClient, counter: RegisteredClient, method: str, address: str
) -> None:
    token = ask(client, counter).get_json()["access_token"]
    answer = client.open(address, method=method, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_the_client_can_ask_what_the_token_is_good_for_and_end_it(
    client: FlaskClient, counter: RegisteredClient, service: RegisteredClient
) -> None:
    """RFC 7662, section 2.2, and RFC 7009: there is no subject, and another client can do neither."""
    token = ask(client, counter, scope="health_insurance").get_json()["access_token"]
    found = introspect(client, counter, token)
    assert (found["active"], found["scope"], found["client_id"]) == (True, "health_insurance", counter.client_id)
    assert "sub" not in found
    assert introspect(client, service, token) == {"active": False}
    other = client.post("/oauth/revoke", data={"token": token}, auth=(service.client_id, service.secret or ""))
    assert other.status_code == 400
    assert (
        client.post("/oauth/revoke", data={"token": token}, auth=(counter.client_id, counter.secret or "")).status_code
        == 200
    )
    assert introspect(client, counter, token) == {"active": False}


def test_the_token_lives_ten_minutes_and_is_forgotten_after_a_day_when_it_is_a_later_ones_turn(
    client: FlaskClient, counter: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        token = ask(client, counter).get_json()["access_token"]
        traveller.shift(timedelta(minutes=10))
        assert introspect(client, counter, token) == {"active": False}
        traveller.shift(timedelta(days=1, seconds=1))
        monkeypatch.setattr(client_tokens, "FORGETTING", 0)
        ask(client, counter)
        assert db.session.scalar(select(func.count()).select_from(ClientToken)) == 2
        monkeypatch.setattr(client_tokens, "FORGETTING", 256)
        ask(client, counter)
    assert db.session.scalar(select(func.count()).select_from(ClientToken)) == 2  # without the first
    assert introspect(client, counter, token) == {"active": False}


def test_discovery_lists_the_grant(client: FlaskClient) -> None:
    """RFC 8414, section 2."""
    for document in ("openid-configuration", "oauth-authorization-server"):
        found = client.get(f"/.well-known/{document}").get_json()
        assert "client_credentials" in found["grant_types_supported"]
