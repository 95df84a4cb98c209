"""Modules of the OpenID Foundation's suite about how a client proves itself at the token endpoint.

Each bad proof is sent with everything else as it must be, and refused as `invalid_client`; the same client with a good proof is
let in, which introspection shows without the rest of a flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.db import db
from eid.oauth.client_assertions import ASSERTION_TYPE
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.models import AuthMethod
from eid.web.session import COOKIE
from tests.conftest import Databases, make_settings, running_app
from tests.oauth.assertions import claims_of, proof_of, register_keyed, sign
from tests.oauth.conftest import BACK, ISSUER, Citizen, answer_at, make_citizen, redemption_of, request_of
from tests.oauth.conftest import citizen as citizen

__all__ = ["make_citizen"]

SCOPES = ["openid", "identity"]


@pytest.fixture(scope="module")
def provider(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One service for all modules: none disturbs another."""
    folder = tmp_path_factory.mktemp("conformance")
    with databases.empty("sqlite", folder) as url, running_app(make_settings(folder / "state", url)) as app:
        yield app


@pytest.fixture
def app(provider: Flask) -> Flask:
    return provider


@pytest.fixture
def bank(provider: Flask) -> RegisteredClient:
    return register_keyed()


@pytest.fixture
def agent(provider: Flask) -> FlaskClient:
    return provider.test_client()


def redeem(agent: FlaskClient, proof: dict[str, str]) -> TestResponse:
    return agent.post("/oauth/token", data=redemption_of("code-of-the-citizen") | proof)


def assertion_of(bank: RegisteredClient, **changes: Any) -> dict[str, str]:
    return proof_of(bank.client_id, **changes)


def check_refused_and_otherwise_not(agent: FlaskClient, bank: RegisteredClient, bad: dict[str, str]) -> None:
    refused = redeem(agent, bad)
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    assert "access_token" not in refused.get_json()
    assert refused.headers["Cache-Control"] == "no-store"
    good = agent.post("/oauth/introspect", data={"token": "unknown"} | assertion_of(bank))
    assert (good.status_code, good.get_json()) == (200, {"active": False})


def seconds(ahead: int) -> int:
    return int(wall_now().timestamp()) + ahead


def test_fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1; the client has an RSA key, so nothing but the algorithm is wrong"""
    check_refused_and_otherwise_not(agent, bank, assertion_of(bank, alg="RS256"))
    assert agent.post("/oauth/introspect", data={"token": "x"} | assertion_of(bank, alg="PS256")).status_code == 200


def test_fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.1: a client that names itself and proves nothing"""
    check_refused_and_otherwise_not(agent, bank, {"client_id": bank.client_id})
    check_refused_and_otherwise_not(agent, bank, {"client_id": bank.client_id, "client_assertion_type": ASSERTION_TYPE})


def test_fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """RFC 7523, section 3, item 4"""
    late = assertion_of(bank, exp=seconds(-300), iat=seconds(-360))
    check_refused_and_otherwise_not(agent, bank, late)


def test_fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """RFC 7523, section 3, item 3; FAPI 2.0 Security Profile, section 5.3.2.1: the issuer, as a string"""
    for aud in ("https://evil.example", f"{ISSUER}/oauth/token", [ISSUER], [ISSUER, "https://evil.example"], None):
        check_refused_and_otherwise_not(agent, bank, assertion_of(bank, aud=aud))


def test_fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """RFC 7523, section 3, item 2.B; also where the client_id says who it is"""
    without = assertion_of(bank, sub=None)
    check_refused_and_otherwise_not(agent, bank, without)
    check_refused_and_otherwise_not(agent, bank, without | {"client_id": bank.client_id})


def test_assertions_from_a_clock_that_is_ahead_are_taken_up_to_eight_seconds_and_refused_beyond_sixty(
    agent: FlaskClient, bank: RegisteredClient
) -> None:
    """What the modules of the suite try at the endpoint of pushed requests holds at the others too (section 5.3.2.1)"""
    for claim in ("nbf", "iat"):
        near = assertion_of(bank, **{claim: seconds(8)})
        assert agent.post("/oauth/introspect", data={"token": "x"} | near).status_code == 200
        far = assertion_of(bank, **{claim: seconds(65), "exp": seconds(120)})
        check_refused_and_otherwise_not(agent, bank, far)


def test_an_assertion_is_used_once_at_whichever_endpoint(agent: FlaskClient, bank: RegisteredClient) -> None:
    """OpenID Connect Core, section 9, jti"""
    assertion = sign(claims_of(bank.client_id))
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    assert agent.post("/oauth/introspect", data={"token": "x"} | proof).status_code == 200
    check_refused_and_otherwise_not(agent, bank, proof)


def test_oidcc_server_client_secret_post(agent: FlaskClient, citizen: Citizen) -> None:
    """OpenID Connect Core, section 9: a whole sign-in of a client that was registered for client_secret_post"""
    service = register_client(
        name="Post",
        purpose="Đăng nhập",
        redirect_uris=[BACK],
        scopes=SCOPES,
        auth_method=AuthMethod.SECRET_POST,
    )
    record_consent(citizen.person_id, service.client, asked=SCOPES, granted=SCOPES, now=wall_now())
    db.session.commit()
    agent.set_cookie(COOKIE, citizen.new_session.token)
    answer = agent.get("/oauth/authorize", query_string=request_of(service, scope="openid identity"))
    secret = {"client_id": service.client_id, "client_secret": service.secret or ""}
    form = redemption_of(answer_at(answer)["code"])
    wrong = agent.post("/oauth/token", data=form | secret | {"client_secret": "wrong"})
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")
    tokens = agent.post("/oauth/token", data=form | secret)
    assert tokens.status_code == 200
    assert tokens.get_json()["token_type"] == "Bearer"
    person = agent.get("/oauth/userinfo", headers={"Authorization": f"Bearer {tokens.get_json()['access_token']}"})
    assert person.get_json()["sub"]
