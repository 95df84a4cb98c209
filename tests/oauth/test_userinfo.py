"""Userinfo and its scopes (OpenID Connect Core, sections 5.3 and 5.4; RFC 6750), discovery, keys, and who may call them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.db import db
from eid.oauth.authorize import open_authorization
from eid.oauth.claims import Scope, register_scopes
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.responses import AuthorizationResponse
from tests.engines import one_engine
from tests.oauth.conftest import BACK, ISSUER, Citizen, redeem, request_of

GetToken = Callable[..., str]


@pytest.fixture
def get_token(client: FlaskClient, citizen: Citizen, service: RegisteredClient) -> GetToken:
    """An access token with these scopes."""

    def get(*scopes: str, at: RegisteredClient = service) -> str:
        asked = ["openid", *scopes]
        record_consent(citizen.person_id, at.client, asked=asked, granted=asked, now=wall_now())
        db.session.commit()
        back = at.client.redirect_uris[0]
        parameters = request_of(at, scope=" ".join(asked), redirect_uri=back)
        outcome = open_authorization(parameters.items(), session=citizen.new_session.session, issuer=ISSUER)
        assert isinstance(outcome, AuthorizationResponse)
        return str(redeem(client, at, outcome.parameters["code"], redirect_uri=back).get_json()["access_token"])

    return get


def read(client: FlaskClient, token: str) -> dict[str, Any]:
    answer = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    claims: dict[str, Any] = answer.get_json()
    return claims


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        (
            "profile",
            {
                "name": "Trần Văn Minh",
                "family_name": "Trần",
                "middle_name": "Văn",
                "given_name": "Minh",
                "birthdate": "1985-11-02",
                "gender": "male",
            },
        ),
        (
            "identity",
            {
                "pin": "979085000102",
                "name": "Trần Văn Minh",
                "birthdate": "1985-11-02",
                "gender": "male",
                "account_level": 2,
            },
        ),
        ("phone", {"phone_number": "0100000102", "phone_number_verified": True}),
        ("email", {}),
    ],
)
def test_a_scope_gives_its_claims_and_no_other(
    client: FlaskClient, get_token: GetToken, scope: str, claims: dict[str, Any]
) -> None:
    """oidcc-scope-profile, oidcc-scope-phone, oidcc-scope-email"""
    found = read(client, get_token(scope, *(["identity"] if scope != "identity" else [])))
    del found["sub"]
    known = {"pin", "name", "birthdate", "gender", "account_level"}
    assert {name: value for name, value in found.items() if name in claims} == claims
    assert set(found) == set(claims) | known


def test_the_address_is_written_as_one_line_with_its_province(client: FlaskClient, get_token: GetToken) -> None:
    """oidcc-scope-address; OpenID Connect Core, section 5.1.1"""
    address = read(client, get_token("address", "identity"))["address"]
    assert address["formatted"].startswith("Số 7, đường Mẫu, Phường Bến Thử, ")
    assert address["country"] == "VN"
    assert address["formatted"].endswith(address["region"])


def test_the_names_of_the_national_portal_are_given_to_services_that_were_ported(
    client: FlaskClient, get_token: GetToken
) -> None:
    claims = read(client, get_token("vneid", "identity"))
    assert claims["HoVaTen"] == "Trần Văn Minh"
    assert claims["SoDinhDanh"] == claims["citizenPid"] == "979085000102"
    assert claims["NgayThangNamSinh"] == "19851102"
    assert (claims["LoaiTaiKhoan"], claims["accountLevel"]) == ("1", "2")


def test_a_papers_scope_gives_what_its_function_finds(
    client: FlaskClient, get_token: GetToken, citizen: Citizen
) -> None:
    register_scopes([Scope("library_card", "Your library card", find_claims=lambda person_id: {"number": person_id})])
    at = register_client(name="Library", redirect_uris=[BACK], required_scopes=["library_card"])
    assert read(client, get_token("library_card", at=at))["library_card"] == {"number": citizen.person_id}
    register_scopes([Scope("library_card", "Your library card", find_claims=lambda person_id: None)])
    assert "library_card" not in read(client, get_token("library_card", at=at))


def test_a_person_is_somebody_else_at_each_sector(client: FlaskClient, get_token: GetToken) -> None:
    """OpenID Connect Core, section 8.1"""
    same = register_client(name="Same", redirect_uris=[BACK])
    other = register_client(name="Other", redirect_uris=["https://other.example/back"])
    mine = read(client, get_token("identity"))["sub"]
    assert read(client, get_token("identity", at=same))["sub"] == mine
    assert read(client, get_token("identity", at=other))["sub"] != mine


def test_userinfo_may_be_posted_to_and_is_not_kept(client: FlaskClient, get_token: GetToken) -> None:
    """oidcc-userinfo-get, oidcc-userinfo-post-header"""
    answer = client.post("/oauth/userinfo", headers={"Authorization": f"bearer {get_token('identity')}"})
    assert answer.get_json()["pin"] == "979085000102"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_request_without_a_token_is_challenged_without_an_error(client: FlaskClient) -> None:
    """RFC 6750, section 3.1; RFC 9449, section 7.1: both schemes are offered"""
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        refused = client.get("/oauth/userinfo", headers=headers)
        challenges = 'Bearer realm="eid", DPoP realm="eid", algs="PS256 ES256 EdDSA Ed25519"'
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, challenges)


def test_a_token_in_an_address_or_a_body_is_not_looked_at(client: FlaskClient, get_token: GetToken) -> None:
    """RFC 9700, section 4.3.2"""
    token = get_token("identity")
    assert client.get("/oauth/userinfo", query_string={"access_token": token}).status_code == 401
    assert client.post("/oauth/userinfo", data={"access_token": token}).status_code == 401


def test_an_unknown_or_expired_token_is_refused(client: FlaskClient, get_token: GetToken) -> None:
    """RFC 6750, section 3.1: invalid_token"""
    token = get_token("identity")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1), tick=False):
        late = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    unknown = client.get("/oauth/userinfo", headers={"Authorization": "Bearer x\x7f"})
    for refused in (late, unknown):
        assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="eid", error="invalid_token"'


def test_both_well_known_addresses_say_the_same_and_only_what_is_so(app: Flask, client: FlaskClient) -> None:
    """oidcc-discovery-endpoint-verification, fapi2-security-profile-final-discovery-end-point-verification; RFC 8414; RFC 9207"""
    found = client.get("/.well-known/openid-configuration").get_json()
    assert client.get("/.well-known/oauth-authorization-server").get_json() == found
    assert found["issuer"] == ISSUER
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["acr_values_supported"] == ["LoA1", "LoA2", "LoA3", "LoA4"]
    assert {"openid", "profile", "address", "phone", "email", "identity", "vneid"} <= set(found["scopes_supported"])
    routed = {rule.rule for rule in app.url_map.iter_rules()}
    addresses = [value for value in found.values() if isinstance(value, str) and value.startswith(ISSUER + "/")]
    assert {address.removeprefix(ISSUER) for address in addresses} <= routed


def test_keys_are_public_halves_that_may_be_kept_for_a_while(client: FlaskClient) -> None:
    answer = client.get("/oauth/jwks.json")
    members = {key["alg"]: set(key) - {"kty", "kid", "use", "alg"} for key in answer.get_json()["keys"]}
    assert members == {"ES256": {"crv", "x", "y"}, "RS256": {"n", "e"}, "PS256": {"n", "e"}, "Ed25519": {"crv", "x"}}
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get("/oauth/jwks.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@one_engine
@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/userinfo", "/oauth/jwks.json", "/.well-known/openid-configuration"]
)
def test_scripts_of_any_origin_may_call_the_protocols_addresses(client: FlaskClient, path: str) -> None:
    answer = client.options(path, headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert set(allowed[:3]) == {"Authorization", "Content-Type", "DPoP"}
    assert set(allowed[3:]) == {"OAuth-Client-Attestation", "OAuth-Client-Attestation-PoP"}
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_refusal_can_be_read_by_scripts_too(client: FlaskClient) -> None:
    assert client.post("/oauth/token").headers["Access-Control-Allow-Origin"] == "*"
