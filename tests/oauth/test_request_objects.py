"""RFC 9101; OpenID Connect Core, section 6; FAPI 2.0 Message Signing, section 5.3.1."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.jwks import parse_jwk_set
from eid.errors import VerificationFailed
from eid.oauth.client_assertions import ALGORITHMS
from eid.oauth.models import AuthMethod, Profile
from eid.oauth.parameters import Parameters
from eid.oauth.request_objects import verify_request_object
from tests.engines import one_engine
from tests.oauth.assertions import jwks_of, key_for, register_keyed, sign
from tests.oauth.conftest import BACK, ISSUER, request_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEYS = parse_jwk_set(jwks_of(key_for("ES256"), key_for("RS256")))
GOOD: dict[str, Any] = {"iss": "c", "client_id": "c", "aud": ISSUER, "nbf": SECONDS, "exp": SECONDS + 300, "state": "s"}


def verify(token: str, *, is_strict: bool = True) -> Parameters:
    return verify_request_object(
        token,
        keys=KEYS,
        algorithms=ALGORITHMS,
        expected_client="c",
        expected_audience=ISSUER,
        is_strict=is_strict,
        now=NOW,
    )


def made(*, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return sign(claims, **header or {})


REFUSED: dict[str, tuple[str, str]] = {
    "no token": ("jws", "rubbish"),
    "unknown key": ("key", made(header={"kid": "unknown"})),
    "another's key": ("signature", sign(GOOD, key=key_for("ES256", 2), kid=key_for("ES256").kid)),
    "another kind": ("typ", made(header={"typ": "at+jwt"})),
    "issuer": ("iss", made(iss="other")),
    "client": ("client_id", made(client_id="other")),
    "audience": ("aud", made(aud="https://other.example")),
    "audience missing": ("aud", made(aud=None)),
    "not yet": ("nbf", made(nbf=SECONDS + 11)),
    "nbf missing": ("nbf", made(nbf=None)),
    "nbf no number": ("nbf", made(nbf="now")),
    "nbf an hour old": ("nbf", made(nbf=SECONDS - 3601)),
    "expired": ("exp", made(exp=SECONDS - 10)),
    "exp missing": ("exp", made(exp=None)),
    "exp too late": ("exp", made(exp=SECONDS + 3601)),
    "exp beyond all times": ("exp", made(exp=1e300)),
    "exp true": ("exp", made(exp=True)),
    "nested": ("nested", made(request="e30.e30.")),
    "nested by reference": ("nested", made(request_uri="https://c.example/")),
    "no text": ("text", made(state="a\x00b")),
    "half a character": ("text", made(nonce="\ud800")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_object_that_does_not_hold_is_refused_with_the_step(case: str) -> None:
    """RFC 9101, sections 4, 6.2 and 10.8; FAPI 2.0 Message Signing, section 5.3.1"""
    step, token = REFUSED[case]
    with pytest.raises(VerificationFailed) as failed:
        verify(token)
    assert failed.value.step == step


def test_its_claims_are_the_parameters_but_for_those_of_the_token() -> None:
    """OpenID Connect Core, section 6.1; RFC 8707, section 2"""
    found = verify(made(max_age=60, claims={"id_token": {}}, resource=["https://a.example", "https://b.example"]))
    assert found.find("max_age") == "60"
    assert found.find("claims") == '{"id_token": {}}'
    assert found.resources == ("https://a.example", "https://b.example")
    assert set(found.values) == {"client_id", "state", "max_age", "claims", "resource"}
    assert not found.repeated


def test_with_the_basic_profile_what_is_not_said_is_not_judged() -> None:
    """OpenID Connect Core, section 6.1: aud and times are not demanded; what is said must hold"""
    assert verify(made(aud=None, nbf=None, exp=None, iss=None), is_strict=False).find("state") == "s"
    assert verify(sign(GOOD, alg="RS256"), is_strict=False).find("state") == "s"
    for changes in ({"aud": "https://other.example"}, {"exp": SECONDS - 60}, {"nbf": SECONDS + 60}):
        with pytest.raises(VerificationFailed):
            verify(made(**changes), is_strict=False)


@given(st.text(max_size=300))
def test_no_text_is_a_request_object(text: str) -> None:
    with pytest.raises(VerificationFailed):
        verify(text)


@one_engine
def test_a_basic_client_may_sign_what_it_sends_through_the_browser(app: Flask) -> None:
    """RFC 9101, sections 5 and 6.3: at the authorization endpoint, by value; what stands outside is not looked at"""
    service = register_keyed(Profile.BASIC, auth_method=AuthMethod.PRIVATE_KEY_JWT)
    claims = request_of(service, scope="openid identity", prompt="none") | {"iss": service.client_id, "aud": ISSUER}
    query = {"client_id": service.client_id, "request": sign(claims), "state": "outside"}
    answer = app.test_client().get("/oauth/authorize", query_string=query)
    assert answer.headers["Location"].startswith(BACK + "?error=login_required")
    assert "state=the-state" in answer.headers["Location"]
    broken = query | {"request": sign(claims, key=key_for("ES256", 2))}
    page = app.test_client().get("/oauth/authorize", query_string=broken)
    assert (page.status_code, "invalid_request_object" in page.text) == (400, True)
