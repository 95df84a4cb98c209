"""OpenID4VCI 1.0 over HTTP: a wallet gets a paper as an SD-JWT VC, shows a part of it, and bad requests are refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from joserfc import jws

from eid.accounts.levels import Factor
from eid.agencies.service import deduct_licence_points
from eid.clock import wall_now
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.sd_jwt import parse_sd_jwt, present_sd_jwt, verify_presentation, verify_sd_jwt
from eid.crypto.status_list import check_status, parse_status, verify_status_list
from eid.errors import VerificationFailed
from eid.oauth.clients import RegisteredClient
from eid.population.registration import register_death
from eid.population.service import find_person_by_id
from tests.api.test_papers import GetToken, clinic, get_token
from tests.oauth.conftest import ISSUER, Citizen, citizen, make_citizen

__all__ = ["citizen", "clinic", "get_token", "make_citizen"]

CONFIGURATION = "driving_licence_sd_jwt"
WALLET = generate_signing_key()


@pytest.fixture
def access(citizen: Citizen, get_token: GetToken) -> str:
    return get_token(citizen, "driving_licence", "health_insurance")


def fetch_nonce(client: FlaskClient) -> str:
    return str(client.post("/oauth/nonce").get_json()["c_nonce"])


def prove(client: FlaskClient, key: SigningKey = WALLET, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A proof of this key with a fresh nonce, changed where a test says so; None leaves something out."""
    claims = {"aud": ISSUER, "iat": int(wall_now().timestamp()), "nonce": fetch_nonce(client)} | changes
    public = {name: value for name, value in key.public_jwk().items() if name in ("kty", "crv", "x", "y")}
    head = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": public} | (header or {})
    content = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
    return jws.serialize_compact({name: value for name, value in head.items() if value is not None}, content, key.jwk)


def ask(client: FlaskClient, access: str, *proofs: str, **changes: Any) -> Any:
    body = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": list(proofs)}} | changes
    body = {name: value for name, value in body.items() if value is not None}
    return client.post("/oauth/credentials", json=body, headers={"Authorization": f"Bearer {access}"})


def keys_of(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/.well-known/jwt-vc-issuer").get_json()["jwks"]["keys"]
    return found


def test_a_wallet_gets_a_licence_and_shows_only_that_its_holder_may_drive(client: FlaskClient, access: str) -> None:
    """OpenID4VCI, section 8.3; SD-JWT VC; RFC 9901, section 7.3."""
    answer = ask(client, access, prove(client))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    held = parse_sd_jwt(answer.get_json()["credentials"][0]["credential"])
    shown = present_sd_jwt(
        held, reveal={"may_drive"}, key=WALLET, audience="https://police.example", nonce="n", now=wall_now()
    )
    verified = verify_presentation(
        str(shown),
        keys=keys_of(client),
        expected_typ="dc+sd-jwt",
        expected_issuer=ISSUER,
        expected_audience="https://police.example",
        expected_nonce="n",
        now=wall_now(),
    )
    assert verified.claims["may_drive"] is True
    assert verified.claims["vct"] == f"{ISSUER}/api/v1/credential-types/driving_licence"
    assert set(verified.claims) == {"iss", "iat", "exp", "vct", "status", "cnf", "may_drive"}


def test_credentials_of_one_batch_share_nothing_that_would_link_them(client: FlaskClient, access: str) -> None:
    """OpenID4VCI, section 15.6.2: salts, keys, places and times tell nobody that two presentations are of one holder."""
    wallet = [generate_signing_key() for _ in range(4)]
    issued = ask(client, access, *[prove(client, key) for key in wallet]).get_json()["credentials"]
    held = [parse_sd_jwt(each["credential"]) for each in issued]
    claims = [
        verify_sd_jwt(
            each, keys=keys_of(client), expected_typ="dc+sd-jwt", expected_issuer=ISSUER, now=wall_now()
        ).claims
        for each in held
    ]
    assert len({disclosure for each in held for disclosure in each.disclosures}) == sum(
        len(e.disclosures) for e in held
    )
    assert len({each["cnf"]["jwk"]["x"] for each in claims}) == 4
    assert len({parse_status(each["status"]).index for each in claims}) == 4
    assert {each["iat"] % 3600 for each in claims} == {each["exp"] % 3600 for each in claims} == {0}
    assert all("sub" not in each and "jti" not in each for each in claims)


def test_a_point_lost_makes_the_credential_in_the_wallet_invalid(
    client: FlaskClient, access: str, citizen: Citizen
) -> None:
    held = parse_sd_jwt(ask(client, access, prove(client)).get_json()["credentials"][0]["credential"])
    keys = keys_of(client)
    claims = verify_sd_jwt(held, keys=keys, expected_typ="dc+sd-jwt", expected_issuer=ISSUER, now=wall_now()).claims
    place = parse_status(claims["status"])

    def listed() -> Any:
        text = client.get(place.uri.removeprefix(ISSUER)).text
        return verify_status_list(text, keys=keys, expected_uri=place.uri, now=wall_now())

    check_status(place, listed())
    deduct_licence_points(find_person_by_id(citizen.person_id).pin, 2, decision="QĐ-1")
    with pytest.raises(VerificationFailed) as refusal:
        check_status(place, listed())
    assert refusal.value.code == "paper_invalid"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"credential_configuration_id": None}, "invalid_credential_request"),
        ({"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_configuration_id": None, "credential_identifier": "x"}, "unknown_credential_identifier"),
        ({"credential_configuration_id": "passport_sd_jwt"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": "driving_licence"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": 7}, "unknown_credential_configuration"),
        ({"credential_response_encryption": {}}, "invalid_encryption_parameters"),
        ({"proofs": None}, "invalid_proof"),
        ({"proofs": {}}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": "x"}}, "invalid_proof"),
        ({"proofs": {"jwt": [7]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["x"], "attestation": ["x"]}}, "invalid_proof"),
        ({"proofs": {"attestation": ["x"]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["nonsense"]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["x"] * 9}}, "invalid_proof"),
    ],
)
def test_a_bad_request_is_refused_by_the_name_that_the_specification_gives_it(
    client: FlaskClient, access: str, changes: dict[str, Any], error: str
) -> None:
    """OpenID4VCI, section 8.3.1."""
    answer = ask(client, access, prove(client), **changes)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"header": {"typ": "JWT"}}, "invalid_proof"),
        ({"header": {"jwk": None}}, "invalid_proof"),
        ({"header": {"kid": "k"}}, "invalid_proof"),
        ({"header": {"jwk": generate_signing_key().public_jwk()}}, "invalid_proof"),
        ({"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": 7, "y": 7}}}, "invalid_proof"),
        ({"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}}, "invalid_proof"),
        ({"header": {"jwk": {"kty": "EC", "crv": "P-256"}}}, "invalid_proof"),
        ({"header": {"jwk": WALLET.public_jwk() | {"d": "AA"}}}, "invalid_proof"),
        ({"header": {"jwk": {"kty": "oct", "k": "AA"}}}, "invalid_proof"),
        ({"aud": "https://elsewhere.example"}, "invalid_proof"),
        ({"aud": None}, "invalid_proof"),
        ({"iss": "another-client"}, "invalid_proof"),
        ({"iat": None}, "invalid_proof"),
        ({"iat": 1_700_000_000}, "invalid_proof"),
        ({"nonce": None}, "invalid_nonce"),
        ({"nonce": "made-up"}, "invalid_nonce"),
        ({"nonce": "é"}, "invalid_nonce"),
        ({"nonce": 7}, "invalid_nonce"),
    ],
)
def test_a_proof_that_does_not_hold_is_refused(
    client: FlaskClient, access: str, change: dict[str, Any], error: str
) -> None:
    """OpenID4VCI, appendix F.1 and F.4."""
    answer = ask(client, access, prove(client, **change))
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)


def test_a_nonce_is_good_for_five_minutes_and_no_two_are_the_same(client: FlaskClient, access: str) -> None:
    """OpenID4VCI, section 7.2."""
    answer = client.post("/oauth/nonce")
    assert answer.headers["Cache-Control"] == "no-store"
    nonce = answer.get_json()["c_nonce"]
    assert nonce != fetch_nonce(client)
    with time_machine.travel(wall_now() + timedelta(minutes=5, seconds=2)):
        refused = ask(client, access, prove(client, nonce=nonce))
    assert refused.get_json()["error"] == "invalid_nonce"


def test_the_same_key_twice_is_refused(client: FlaskClient, access: str) -> None:
    answer = ask(client, access, prove(client), prove(client))
    assert answer.get_json()["error"] == "invalid_proof"


def test_who_has_no_paper_or_died_is_denied(client: FlaskClient, access: str, citizen: Citizen) -> None:
    answer = ask(client, access, prove(client), credential_configuration_id="health_insurance_sd_jwt")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "credential_request_denied")
    register_death(find_person_by_id(citizen.person_id).pin, died_on=date(2026, 1, 2))
    assert ask(client, access, prove(client)).status_code == 401


def test_without_the_right_access_token_nothing_is_issued(
    client: FlaskClient, citizen: Citizen, get_token: GetToken, make_citizen: Callable[..., Citizen]
) -> None:
    proof = prove(client)
    assert client.post("/oauth/credentials", json={}).status_code == 401
    assert client.post(f"/oauth/credentials?access_token={get_token(citizen, 'driving_licence')}").status_code == 401
    assert ask(client, get_token(citizen, "profile"), proof).status_code == 403
    weak = make_citizen(103, factors=(Factor.PASSWORD,))
    answer = ask(client, get_token(weak, "driving_licence"), proof)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")


def test_the_issuer_says_what_it_offers_and_where(client: FlaskClient, clinic: RegisteredClient) -> None:
    """OpenID4VCI, section 12.2."""
    answer = client.get("/.well-known/openid-credential-issuer")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    metadata = answer.get_json()
    assert metadata["credential_issuer"] == ISSUER
    for name in ("credential_endpoint", "nonce_endpoint"):
        assert metadata[name].startswith(ISSUER + "/")
        assert client.get(metadata[name].removeprefix(ISSUER)).status_code == 405
    assert metadata["batch_credential_issuance"]["batch_size"] >= 2
    offered = metadata["credential_configurations_supported"][CONFIGURATION]
    assert (offered["format"], offered["scope"]) == ("dc+sd-jwt", "driving_licence")
    described = client.get(offered["vct"].removeprefix(ISSUER)).get_json()
    assert described["vct"] == offered["vct"]
    assert {each["sd"] for each in described["claims"]} == {"always"}
    assert client.get("/api/v1/credential-types/passport").status_code == 404
