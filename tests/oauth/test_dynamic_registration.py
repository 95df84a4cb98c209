"""Clients that register themselves, and look after their registration (RFC 7591, RFC 7592), over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from werkzeug.test import TestResponse

from eid.app import create_app
from eid.clock import wall_now
from eid.config import EXTENSION as SETTINGS_EXTENSION
from eid.config import Mode, Settings
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.oauth.client_suspension import WAITS, resume_client
from eid.oauth.clients import find_client
from eid.oauth.initial_tokens import issue_initial_token
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.oauth.registration_models import ClientRegistration, InitialAccessToken
from eid.oauth.registration_reviews import approve_registration, take_over_registration
from tests.engines import one_engine
from tests.oauth.assertions import jwks_of, key_for
from tests.oauth.conftest import BACK, ISSUER, Citizen, RegisteredClient, redeem
from tests.oauth.registering import record_reviewer

METADATA = {"client_name": "Máy thử", "redirect_uris": [BACK], "scope": "openid profile offline_access"}


@pytest.fixture
def token(citizen: Citizen) -> str:
    return issue_initial_token(citizen.new_session.session, organisation_id=None, uses=2)


def register(client: FlaskClient, token: str = "", /, **changes: Any) -> TestResponse:
    document = {name: value for name, value in (METADATA | changes).items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post("/oauth/register", json=document, headers=headers)


def manage(client: FlaskClient, method: str, found: dict[str, Any], token: str = "", **kwargs: Any) -> TestResponse:
    """Ask at the client's own address, with its registration token unless another is given."""
    address = found["registration_client_uri"].removeprefix(ISSUER)
    headers = {"Authorization": f"Bearer {token or found['registration_access_token']}"}
    return client.open(address, method=method, headers=headers, **kwargs)


def statement(issuer: str = "https://trust.example", *, alg: str = "ES256", **claims: Any) -> str:
    """A software statement as its issuer signs it."""
    payload = {"iss": issuer, "iat": int(wall_now().timestamp()), "software_id": "reader-1"} | claims
    key = key_for(alg)
    return jws.serialize_compact({"alg": alg, "kid": key.kid}, json.dumps(payload).encode(), key, algorithms=[alg])


# RFC 7591


def test_a_program_registers_a_test_client_that_learns_nothing_but_that_somebody_signed_in(
    client: FlaskClient, citizen: Citizen, token: str
) -> None:
    """RFC 7591, section 3.2.1."""
    discovery = client.get("/.well-known/openid-configuration").get_json()
    assert discovery["registration_endpoint"] == f"{ISSUER}/oauth/register"
    answer = register(client, token)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    found = answer.get_json()
    assert found["scope"] == "openid offline_access", "profile was asked for, and was not reviewed"
    assert found["grant_types"] == ["authorization_code", "refresh_token"]
    assert (found["client_secret_expires_at"], found["test_client"], found["waits_for_approval"]) == (0, True, False)
    made = find_client(found["client_id"])
    assert (made.is_test, made.owner_person_id, made.highest_level) == (True, citizen.person_id, "LoA2")
    assert (made.requests_per_minute, made.sign_ins_per_day) == (120, 200)
    assert digest_of(found["registration_access_token"]) == made.registration_token_digest
    service = RegisteredClient(made, made.client_id, found["client_secret"])
    assert redeem(client, service, "none").get_json()["error"] == "invalid_grant", "it has proved itself"


def test_an_initial_token_is_good_for_so_many_clients_and_for_a_day(client: FlaskClient, token: str) -> None:
    assert [register(client, token).status_code for _ in range(3)] == [201, 201, 401]
    kept = db.session.scalars(db.select(InitialAccessToken)).one()
    assert (kept.digest, kept.uses_left) == (digest_of(token), 0)
    kept.uses_left, kept.expires_at = 1, wall_now() - timedelta(seconds=1)
    db.session.commit()
    assert register(client, token).status_code == 401


def test_a_registration_that_is_refused_uses_nothing_up(client: FlaskClient, token: str) -> None:
    assert register(client, token, redirect_uris=["http://clinic.example/"]).status_code == 400
    assert db.session.scalars(db.select(InitialAccessToken.uses_left)).one() == 2


def test_of_parallel_registrations_with_the_last_use_one_wins(app: Flask, citizen: Citizen) -> None:
    token = issue_initial_token(citizen.new_session.session, organisation_id=None, uses=1)
    db.session.remove()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _number: register(app.test_client(), token).status_code, range(6)))
    assert sorted(answers) == [201, 401, 401, 401, 401, 401]
    assert len(db.session.scalars(db.select(Client)).all()) == 1


@one_engine
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://clinic.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/", "https://b.example/"]}, "invalid_client_metadata"),
        ({"redirect_uris": "https://a.example/"}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://a.example/k"}, "invalid_client_metadata"),
        ({"jwks_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"profile": "fapi2", "token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"default_acr_values": ["LoA4"]}, "invalid_client_metadata"),
        ({"client_name": "x" * 121}, "invalid_client_metadata"),
        ({"software_statement": "no.jwt.here"}, "invalid_software_statement"),
    ],
)
def test_metadata_that_cannot_be_a_client_is_refused(
    client: FlaskClient, token: str, changes: dict[str, Any], error: str
) -> None:
    """RFC 7591, section 3.2.2."""
    answer = register(client, token, **changes)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert db.session.scalars(db.select(Client)).all() == []


@one_engine
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, token: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = client.post("/oauth/register", data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.get_json()["error"] in ("invalid_client_metadata", "invalid_request")


@one_engine
@pytest.mark.parametrize("shown", ["", "wrong", "Basic abc"])
def test_without_a_token_nobody_registers(client: FlaskClient, shown: str) -> None:
    headers = {"Authorization": shown if " " in shown else f"Bearer {shown}"} if shown else {}
    answer = client.post("/oauth/register", json=METADATA, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


# Software statements


@pytest.fixture
def believing(settings: Settings, app: Flask, tmp_path: Path) -> FlaskClient:
    """The service that believes https://trust.example, whose key is known."""
    path = tmp_path / "issuers.json"
    path.write_text(json.dumps({"https://trust.example": jwks_of(key_for("ES256"))}))
    app.extensions[SETTINGS_EXTENSION] = replace(settings, software_statement_issuers=path)
    return app.test_client()


def test_a_statement_of_somebody_who_is_believed_wins_over_the_request(believing: FlaskClient) -> None:
    """RFC 7591, section 3.1.1."""
    signed = statement(client_name="Trình đọc", redirect_uris=["https://reader.example/back"], aud=ISSUER)
    found = register(believing, software_statement=signed).get_json()
    assert (found["client_name"], found["redirect_uris"]) == ("Trình đọc", ["https://reader.example/back"])
    assert found["software_statement"] == signed, "RFC 7591, section 3.2.1: unmodified"
    assert find_client(found["client_id"]).is_test


@one_engine
@pytest.mark.parametrize(
    ("made", "error"),
    [
        (lambda: statement("https://other.example"), "unapproved_software_statement"),
        (lambda: statement(exp=int(wall_now().timestamp()) - 60), "invalid_software_statement"),
        (lambda: statement(nbf=int(wall_now().timestamp()) + 600), "invalid_software_statement"),
        (lambda: statement(exp="tomorrow"), "invalid_software_statement"),
        (lambda: statement(aud="https://other.example"), "invalid_software_statement"),
        (lambda: statement(alg="PS256"), "invalid_software_statement"),
        (lambda: statement()[:-4] + "AAAA", "invalid_software_statement"),
        (lambda: 7, "invalid_software_statement"),
    ],
)
def test_a_statement_that_does_not_hold_is_refused(
    believing: FlaskClient, made: Callable[[], object], error: str
) -> None:
    answer = register(believing, software_statement=made())
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)


@one_engine
def test_where_the_settings_believe_nobody_no_statement_counts(client: FlaskClient) -> None:
    answer = register(client, software_statement=statement())
    assert answer.get_json()["error"] == "unapproved_software_statement"


# RFC 7592


def test_a_client_reads_changes_and_ends_its_registration(client: FlaskClient, token: str) -> None:
    """RFC 7592, sections 2.1 to 2.3."""
    first = register(client, token, contacts=["a@example.com"]).get_json()
    read = manage(client, "GET", first).get_json()
    assert read == {name: value for name, value in first.items() if not name.startswith("client_secret")}
    kept = {"client_id": first["client_id"], "client_secret": first["client_secret"]}
    update = METADATA | kept | {"redirect_uris": ["https://clinic.example/new"], "scope": "openid"}
    answer = manage(client, "PUT", first, json=update)
    second = answer.get_json()
    assert (answer.status_code, second["redirect_uris"]) == (200, ["https://clinic.example/new"])
    assert "contacts" not in second, "what is left out is as if never said"
    assert (second["scope"], second["grant_types"]) == ("openid", ["authorization_code"])
    assert manage(client, "GET", first).status_code == 401, "the token was replaced"
    made = find_client(first["client_id"])
    for secret in (first["client_secret"], second["client_secret"]):
        assert (
            redeem(client, RegisteredClient(made, made.client_id, secret), "x").get_json()["error"] == "invalid_grant"
        )
    assert manage(client, "DELETE", second).status_code == 204
    assert manage(client, "GET", second).status_code == 401
    gone = redeem(client, RegisteredClient(made, made.client_id, second["client_secret"]), "x")
    assert (gone.status_code, gone.get_json()["error"]) == (401, "invalid_client")


@one_engine
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_secret": "wrong"},
        {"client_secret": 7},
        {"registration_access_token": "mine"},
        {"client_id_issued_at": 1},
        {"redirect_uris": ["https://a.example/#x"]},
    ],
)
def test_an_update_that_is_not_the_clients_to_make_changes_nothing(
    client: FlaskClient, token: str, changes: dict[str, Any]
) -> None:
    """RFC 7592, section 2.2."""
    found = register(client, token).get_json()
    document = METADATA | {"client_id": found["client_id"]} | changes
    answer = manage(client, "PUT", found, json={name: value for name, value in document.items() if value is not None})
    assert answer.status_code == 400
    assert answer.get_json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")
    assert manage(client, "GET", found).status_code == 200


def test_one_client_does_not_manage_another(client: FlaskClient, token: str) -> None:
    one, other = register(client, token).get_json(), register(client, token).get_json()
    for method in ("GET", "PUT", "DELETE"):
        answer = manage(client, method, one, other["registration_access_token"], json={})
        assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert manage(client, "GET", one, token).status_code == 401, "an initial token registers and manages nothing"


# In production


@pytest.fixture
def production(settings: Settings, app: Flask) -> FlaskClient:
    app.extensions[SETTINGS_EXTENSION] = replace(settings, mode=Mode.PRODUCTION)
    return app.test_client()


def test_in_production_it_waits_for_an_officer_and_is_then_reviewed_at_each_change(
    production: FlaskClient, citizen: Citizen, token: str
) -> None:
    found = register(production, token).get_json()
    assert found["waits_for_approval"] is True
    made = find_client(found["client_id"])
    assert made.suspension == WAITS
    service = RegisteredClient(made, made.client_id, found["client_secret"])
    assert redeem(production, service, "x").get_json()["error"] == "unauthorized_client"
    waiting = db.session.scalars(db.select(ClientRegistration)).one()
    assert (waiting.client_id, waiting.state, waiting.asked_by) == (made.id, "submitted", citizen.person_id)
    moved = METADATA | {"client_id": found["client_id"], "redirect_uris": ["https://clinic.example/two"]}
    found = manage(production, "PUT", found, json=moved).get_json()
    officer = record_reviewer()
    with pytest.raises(Conflict) as refused:
        resume_client(found["client_id"], officer=officer.id)
    assert refused.value.code == "client_waits", "its registration is what an officer approves"
    take_over_registration(waiting.id, officer=officer.id)
    approve_registration(waiting.id, officer=officer.id)
    approved = find_client(found["client_id"])
    assert (approved.is_test, approved.suspended_at) == (False, None)
    assert approved.redirect_uris == ["https://clinic.example/two"]
    service = RegisteredClient(approved, approved.client_id, found["client_secret"])
    assert redeem(production, service, "x").get_json()["error"] == "invalid_grant"
    assert manage(production, "PUT", found, json=moved).status_code == 401, "from now on a change is reviewed"


def test_settings_name_a_file_of_issuers_that_can_be_read(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(Malformed) as refused:
        create_app(replace(settings, software_statement_issuers=tmp_path / "none.json"))
    assert refused.value.code == "setting_software_statement_issuers"
