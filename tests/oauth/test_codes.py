"""Redeeming codes: RFC 6749, sections 4.1.2, 4.1.3, 5.1 and 5.2; RFC 7636, section 4.6."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account
from eid.accounts.service import lock_account
from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt
from eid.db import db
from eid.errors import Malformed, OAuthError
from eid.oauth.authorize import open_authorization
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.codes import redeem_code
from eid.oauth.consents import record_consent
from eid.oauth.models import AccessToken, AuthMethod, AuthorizationCode
from eid.oauth.parameters import parse_parameters
from eid.oauth.responses import AuthorizationResponse
from eid.oauth.tokens import check_access_token
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, Citizen, redeem, redemption_of, request_of, s256
from tests.turns import both_engines

GetCode = Callable[..., str]
ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
"""Long ago."""


@pytest.fixture
def get_code(citizen: Citizen, service: RegisteredClient, consented: None) -> GetCode:
    """A code for a request of the service that can be answered at once."""

    def get(**changes: str | None) -> str:
        outcome = open_authorization(
            request_of(service, **changes).items(), session=citizen.new_session.session, issuer=ISSUER
        )
        assert isinstance(outcome, AuthorizationResponse)
        return outcome.parameters["code"]

    return get


def test_a_code_gives_an_access_token_and_an_id_token(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen, get_code: GetCode
) -> None:
    """oidcc-server; RFC 6749, section 5.1; OpenID Connect Core, sections 2 and 3.1.3.3"""
    answer = redeem(client, service, get_code())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.get_json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 600, "openid identity phone")
    keys = client.get("/oauth/jwks.json").get_json()["keys"]
    verified = verify_jwt(
        tokens["id_token"],
        keys=keys,
        expected_typ="JWT",
        expected_issuer=ISSUER,
        expected_audience=service.client_id,
        now=datetime.now(UTC),
    )
    claims = verified.claims
    assert claims["nonce"] == "the-nonce"
    assert claims["acr"] == "LoA2"
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["auth_time"] == int(citizen.new_session.session.authenticated_at.timestamp())
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"}


def test_a_request_without_nonce_gives_an_id_token_without_one(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow"""
    assert redeem(client, service, get_code(nonce=None)).status_code == 200


def test_code_and_tokens_are_kept_as_digests_only(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    code = get_code()
    token = redeem(client, service, code).get_json()["access_token"]
    assert len(code) == len(token) == 43
    rows = [
        *db.session.execute(select(AuthorizationCode.__table__)),
        *db.session.execute(select(AccessToken.__table__)),
    ]
    assert code not in str(rows) and token not in str(rows)


def test_a_second_use_is_refused_and_revokes_what_the_first_gave(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """oidcc-codereuse; RFC 6749, section 4.1.2"""
    code = get_code()
    token = redeem(client, service, code).get_json()["access_token"]
    check_access_token(token)
    again = redeem(client, service, code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    with pytest.raises(OAuthError) as refused:
        check_access_token(token)
    assert refused.value.code == "invalid_token"


@both_engines
def test_of_many_redemptions_at_once_exactly_one_succeeds(
    app: Flask, service: RegisteredClient, get_code: GetCode
) -> None:
    """fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second, without the second"""
    code = get_code()
    db.session.rollback()

    def attempt(_: int) -> int:
        return redeem(app.test_client(), service, code).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(attempt, range(50)))
    assert sorted(statuses) == [200] + [400] * 49
    assert db.session.scalar(select(func.count()).select_from(AccessToken)) == 1


def test_a_code_is_dead_after_a_minute(client: FlaskClient, service: RegisteredClient, get_code: GetCode) -> None:
    """fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code"""
    code, young = get_code(), get_code()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=59), tick=False):
        assert redeem(client, service, young).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=False):
        assert redeem(client, service, code).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v" * 42}, "invalid_grant"),
        ({"code_verifier": "v" * 5000}, "invalid_grant"),
        ({"redirect_uri": BACK + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": "a\x00b"}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
    ],
)
def test_a_redemption_that_does_not_fit_its_code_is_refused_and_costs_nothing(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode, changes: dict[str, str | None], error: str
) -> None:
    """fapi2-security-profile-final-ensure-pkce-code-verifier-required, …-incorrect-pkce-code-verifier-rejected; RFC 7636 4.6"""
    code = get_code()
    refused = redeem(client, service, code, **changes)
    assert (refused.status_code, refused.get_json()["error"]) == (400, error)
    assert redeem(client, service, code).status_code == 200


@both_engines
def test_a_refusal_by_what_the_request_says_leaves_the_code_as_it_was(
    app: Flask, service: RegisteredClient, get_code: GetCode
) -> None:
    """Within the session of whoever asked, too, whatever they commit then."""
    wrong = parse_parameters(redemption_of(get_code(), code_verifier="w" * 43).items())
    with pytest.raises(OAuthError) as refused:
        redeem_code(service.client, wrong, issuer=ISSUER)
    assert (refused.value.code, refused.value.reason) == ("invalid_grant", "code_verifier missing or wrong")
    db.session.commit()
    assert db.session.scalar(select(AuthorizationCode.redeemed_at)) is None


@both_engines
def test_of_wrong_and_right_redemptions_at_once_a_right_one_succeeds(
    app: Flask, service: RegisteredClient, get_code: GetCode
) -> None:
    """A wrong one holds the code until it is refused, and no longer."""
    code = get_code()
    db.session.rollback()

    def attempt(number: int) -> int:
        verifier = VERIFIER if number == 10 else "w" * 43
        return redeem(app.test_client(), service, code, code_verifier=verifier).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(20)))
    assert sorted(statuses) == [200] + [400] * 19


@both_engines
@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"redeemed_at": ISSUED}, "redeemed before"),
        ({"revoked_at": ISSUED}, "expired or revoked"),
        ({"expires_at": ISSUED}, "expired or revoked"),
        ({"client_id": None}, "unknown, or another client's"),
        ({"state": AccountState.LOCKED}, "account locked"),
    ],
)
def test_what_ends_a_code_is_asked_when_it_is_redeemed(
    app: Flask, service: RegisteredClient, get_code: GetCode, columns: dict[str, Any], reason: str
) -> None:
    """Each alone, as its row says: nothing but the statement that redeems the code stands between it and the tokens."""
    parameters = parse_parameters(redemption_of(get_code()).items())
    if "client_id" in columns:
        columns = {"client_id": register_client(name="Other", redirect_uris=[BACK]).client.id}
    db.session.execute(update(Account if "state" in columns else AuthorizationCode).values(**columns))
    db.session.commit()
    with pytest.raises(OAuthError) as refused:
        redeem_code(service.client, parameters, issuer=ISSUER)
    assert (refused.value.code, refused.value.reason) == ("invalid_grant", reason)
    assert db.session.scalar(select(func.count()).select_from(AccessToken)) == 0


def test_a_code_is_bound_to_its_client(client: FlaskClient, service: RegisteredClient, get_code: GetCode) -> None:
    """fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client"""
    thief = register_client(name="Other", redirect_uris=[BACK])
    code = get_code()
    assert redeem(client, thief, code).get_json()["error"] == "invalid_grant"
    assert redeem(client, service, code).status_code == 200


def test_a_locked_account_ends_codes_and_tokens(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen, get_code: GetCode
) -> None:
    code, token = get_code(), redeem(client, service, get_code()).get_json()["access_token"]
    lock_account(citizen.account.id, LockReason.HOLDER)
    assert redeem(client, service, code).get_json()["error"] == "invalid_grant"
    refused = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_token")


def test_the_secret_may_come_in_the_body(client: FlaskClient, service: RegisteredClient, get_code: GetCode) -> None:
    """oidcc-server-client-secret-post"""
    proof = {"client_id": service.client_id, "client_secret": service.secret or ""}
    assert client.post("/oauth/token", data=redemption_of(get_code()) | proof).status_code == 200


def test_a_wrong_secret_is_refused_with_a_challenge(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """RFC 6749, section 5.2"""
    refused = client.post("/oauth/token", data=redemption_of(get_code()), auth=(service.client_id, "wrong"))
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic bm8tY29sb24=", "Bearer x", "Basic /w=="])
def test_unreadable_credentials_are_refused(client: FlaskClient, header: str) -> None:
    refused = client.post("/oauth/token", data=redemption_of("c"), headers={"Authorization": header})
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("extra", [{}, {"client_id": "unknown"}, {"client_id": "a" * 65}])
def test_a_client_that_is_not_known_is_refused(client: FlaskClient, extra: dict[str, str]) -> None:
    """fapi2-security-profile-final-ensure-client-id-in-token-endpoint"""
    refused = client.post("/oauth/token", data=redemption_of("c") | extra)
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")


def test_a_client_authenticates_in_one_way_only(client: FlaskClient, service: RegisteredClient) -> None:
    """RFC 6749, section 2.3"""
    refused = redeem(client, service, "c", client_secret=service.secret)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_request")


def test_a_confidential_client_must_show_its_secret_and_a_public_one_has_none(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    data = redemption_of(get_code(), client_id=service.client_id)
    assert client.post("/oauth/token", data=data).get_json()["error"] == "invalid_client"
    public = register_client(name="App", redirect_uris=["http://localhost/"], auth_method=AuthMethod.NONE)
    data = redemption_of("c", client_id=public.client_id)
    assert client.post("/oauth/token", data=data).get_json()["error"] == "invalid_grant"
    assert client.post("/oauth/token", data=data | {"client_secret": "x"}).get_json()["error"] == "invalid_client"


def test_the_token_endpoint_reads_a_form_in_the_body_and_nothing_else(
    client: FlaskClient, service: RegisteredClient
) -> None:
    """RFC 6749, section 3.2; RFC 9700: no secret in an address"""
    assert client.post("/oauth/token?code=c", data=redemption_of("c")).get_json()["error"] == "invalid_request"
    assert client.post("/oauth/token", json=redemption_of("c")).get_json()["error"] == "invalid_request"
    twice = [("grant_type", "authorization_code")] * 2
    body = "&".join(f"{name}={value}" for name, value in twice)
    answer = client.post("/oauth/token", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.get_json()["error"] == "invalid_request"
    assert client.get("/oauth/token").status_code == 405


def test_the_secret_is_form_encoded_in_the_header(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """RFC 6749, section 2.3.1"""
    auth = (service.client_id.replace("-", "%2D"), (service.secret or "").replace("_", "%5F"))
    assert client.post("/oauth/token", data=redemption_of(get_code()), auth=auth).status_code == 200


@pytest.mark.usefixtures("citizen")
def test_a_confidential_client_may_be_registered_to_do_without_pkce_and_then_cannot_be_downgraded(
    client: FlaskClient, citizen: Citizen
) -> None:
    """RFC 9700, sections 2.1.1 and 4.8.2: a verifier for a code without a challenge is refused, and so is half of PKCE."""
    lax = register_client(name="Lax", redirect_uris=[BACK], scopes=["identity", "phone"], requires_pkce=False)
    scopes = ["openid", "identity", "phone"]
    record_consent(citizen.person_id, lax.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()

    def code_for(**changes: str | None) -> str:
        plain: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
        outcome = open_authorization(
            request_of(lax, **plain | changes).items(), session=citizen.new_session.session, issuer=ISSUER
        )
        assert isinstance(outcome, AuthorizationResponse)
        return outcome.parameters["code"]

    assert redeem(client, lax, code_for(), code_verifier=None).status_code == 200
    assert redeem(client, lax, code_for()).get_json()["error"] == "invalid_grant"
    with_pkce = code_for(code_challenge=s256(VERIFIER), code_challenge_method="S256")
    assert redeem(client, lax, with_pkce, code_verifier=None).get_json()["error"] == "invalid_grant"
    with pytest.raises(OAuthError) as refused:
        code_for(code_challenge_method="plain")
    assert refused.value.code == "invalid_request"


def test_a_public_client_cannot_do_without_pkce(app: Flask) -> None:
    """RFC 9700, section 2.1.1."""
    with pytest.raises(Malformed) as refused:
        register_client(name="Open", redirect_uris=[BACK], auth_method=AuthMethod.NONE, requires_pkce=False)
    assert refused.value.code == "client_pkce"
