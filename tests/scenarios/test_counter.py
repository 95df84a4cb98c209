"""The clinic's counter as a relying service: what it sends, and what it refuses of what it gets."""

from __future__ import annotations

import hashlib
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.errors import VerificationFailed
from eid.scenarios.counter import Counter, Endpoints
from eid.scenarios.roster import LoadClient

ISSUER = "http://localhost:8000"
CLIENT = LoadClient("clinic:1", "s3cret%&", "http://localhost:9999/callback", ISSUER)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY, PAPER_KEY = generate_signing_key(), generate_signing_key()
COUNTER = Counter(
    CLIENT,
    Endpoints(
        f"{ISSUER}/oauth/authorize", f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/userinfo", f"{ISSUER}/oauth/jwks.json"
    ),
    [KEY.public_jwk()],
    [PAPER_KEY.public_jwk()],
)


def token(typ: str, key: Any = KEY, **changes: Any) -> str:
    times = {"iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=5)).timestamp())}
    return build_jwt({"iss": ISSUER, "aud": "clinic:1", "sub": "s1", **times, **changes}, key=key, typ=typ)


def test_a_sign_in_is_asked_for_with_state_nonce_and_pkce() -> None:
    """RFC 7636, section 4.2: the challenge is the S256 of the verifier."""
    one, other = COUNTER.begin_sign_in(), COUNTER.begin_sign_in()
    query = parse_qs(urlsplit(one.url).query)
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert query["code_challenge"] == [urlsafe_b64encode(digest).rstrip(b"=").decode()]
    assert query["scope"] == ["openid profile health_insurance driving_licence"]
    assert (one.state, one.nonce, one.verifier) != (other.state, other.nonce, other.verifier)
    assert one.verifier not in one.url
    assert "prompt" not in query
    assert parse_qs(urlsplit(COUNTER.begin_sign_in(ask_consent=True).url).query)["prompt"] == ["consent"]


def test_the_client_authenticates_with_its_identifier_and_secret_form_encoded() -> None:
    """RFC 6749, section 2.3.1."""
    assert b64decode(COUNTER.basic_authorization.removeprefix("Basic ")) == b"clinic%3A1:s3cret%25%26"


@pytest.mark.parametrize(
    ("changes", "step"),
    [({"state": "other"}, "state"), ({"iss": "http://evil"}, "iss"), ({"code": "", "error": "access_denied"}, "code")],
)
def test_an_answer_that_is_not_ours_or_is_an_error_is_refused(changes: dict[str, str], step: str) -> None:
    """RFC 9207, section 2.4: the issuer in the answer is compared."""
    request = COUNTER.begin_sign_in()
    answer = {"code": "abc", "state": request.state, "iss": ISSUER}
    assert COUNTER.read_callback(f"{CLIENT.redirect_uri}?{urlencode(answer)}", request) == "abc"
    with pytest.raises(VerificationFailed) as refused:
        COUNTER.read_callback(f"{CLIENT.redirect_uri}?{urlencode(answer | changes)}", request)
    assert refused.value.step == step


def test_an_id_token_of_another_request_is_refused() -> None:
    """OpenID Connect Core 1.0, section 3.1.3.7, point 11."""
    request = COUNTER.begin_sign_in()
    good = COUNTER.verify_id_token(token("JWT", nonce=request.nonce), request, now=NOW)
    assert good.claims["sub"] == "s1"
    with pytest.raises(VerificationFailed) as refused:
        COUNTER.verify_id_token(token("JWT", nonce="other"), request, now=NOW)
    assert refused.value.step == "nonce"


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (token("eid-health_insurance+jwt", PAPER_KEY, sub="s2", health_insurance={}), "sub"),
        (token("eid-health_insurance+jwt", PAPER_KEY), "claims"),
        (token("eid-driving_licence+jwt", PAPER_KEY, driving_licence={}), "typ"),
        (token("eid-health_insurance+jwt", KEY, health_insurance={}), "signature"),
    ],
)
def test_a_paper_of_somebody_else_or_of_another_kind_is_refused(given: str, step: str) -> None:
    with pytest.raises(VerificationFailed) as refused:
        COUNTER.verify_paper(given, paper="health_insurance", expected_subject="s1", now=NOW)
    assert refused.value.step == step


def test_a_paper_is_verified_offline() -> None:
    good = token("eid-health_insurance+jwt", PAPER_KEY, health_insurance={"number": "x"})
    assert COUNTER.verify_paper(good, paper="health_insurance", expected_subject="s1", now=NOW).claims["sub"] == "s1"
