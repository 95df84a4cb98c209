"""Client assertions: what is taken, and the step at which everything else is refused. No database, no network."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.jwks import PublicKey, parse_jwk_set
from eid.errors import VerificationFailed
from eid.oauth.client_assertions import (
    ALGORITHMS,
    STRICT_ALGORITHMS,
    VerifiedAssertion,
    read_claimed_client,
    verify_client_assertion,
)
from tests.oauth.assertions import ALGS, claims_of, jwks_of, key_for, sign
from tests.oauth.conftest import ISSUER

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CLIENT = "the-client"
TOKEN_ENDPOINT = f"{ISSUER}/oauth/token"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def keys() -> tuple[PublicKey, ...]:
    return parse_jwk_set(jwks_of(*map(key_for, ALGS)))


def verify(assertion: str, **changes: Any) -> VerifiedAssertion:
    expected: dict[str, Any] = {
        "keys": keys(),
        "algorithms": STRICT_ALGORITHMS,
        "expected_client": CLIENT,
        "expected_audiences": [ISSUER],
        "is_strict": True,
        "now": NOW,
    }
    return verify_client_assertion(assertion, **expected | changes)


def lenient(assertion: str) -> VerifiedAssertion:
    return verify(assertion, algorithms=ALGORITHMS, expected_audiences=[ISSUER, TOKEN_ENDPOINT], is_strict=False)


def step_of(assertion: str, **changes: Any) -> str:
    with pytest.raises(VerificationFailed) as refused:
        verify(assertion, **changes)
    return refused.value.step


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
def test_an_assertion_of_each_strong_algorithm_is_taken(alg: str) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1"""
    verified = verify(sign(claims_of(CLIENT, jti="one"), alg=alg))
    assert verified == VerifiedAssertion(CLIENT, "one", NOW + timedelta(seconds=60))
    assert verify(sign(claims_of(CLIENT), alg=alg, kid=None)).client_id == CLIENT


def test_the_older_name_of_ed25519_is_taken_too() -> None:
    """RFC 9864, section 2.2: EdDSA with a key on that curve is Ed25519"""
    made = sign(claims_of(CLIENT), alg="Ed25519")
    header, payload, _ = made.split(".")
    raw: Any = key_for("Ed25519").private_key
    header = _b64(b'{"alg":"EdDSA","kid":"Ed25519-1"}')
    older = f"{header}.{payload}.{_b64(raw.sign(f'{header}.{payload}'.encode()))}"
    assert verify(older).client_id == CLIENT
    named_older = [PublicKey(key_for("Ed25519"), kid="Ed25519-1", alg="EdDSA")]
    assert verify(made, keys=named_older).client_id == CLIENT


def test_rs256_is_for_the_basic_profile_alone() -> None:
    """FAPI 2.0 Security Profile, section 5.4.1; OpenID Connect Core, section 15.1"""
    assertion = sign(claims_of(CLIENT), alg="RS256")
    assert step_of(assertion) == "alg"
    assert lenient(assertion).client_id == CLIENT


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"iss": None}, "iss"),
        ({"iss": "another"}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": "another"}, "sub"),
        ({"sub": [CLIENT]}, "sub"),
        ({"aud": None}, "aud"),
        ({"aud": [ISSUER]}, "aud"),
        ({"aud": TOKEN_ENDPOINT}, "aud"),
        ({"aud": f"{ISSUER}/"}, "aud"),
        ({"aud": f"{ISSUER}/oauth/par"}, "aud"),
        ({"aud": ["https://evil.example", ISSUER]}, "aud"),
        ({"exp": None}, "exp"),
        ({"exp": int(NOW.timestamp()) - 300}, "exp"),
        ({"exp": int(NOW.timestamp()) - 10}, "exp"),
        ({"exp": int(NOW.timestamp()) + 3611}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"nbf": int(NOW.timestamp()) + 61}, "nbf"),
        ({"nbf": "now"}, "nbf"),
        ({"iat": int(NOW.timestamp()) + 61}, "iat"),
        ({"iat": -1}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
        ({"jti": "x" * 257}, "jti"),
    ],
)
def test_each_claim_that_is_missing_or_wrong_is_refused(changes: dict[str, Any], step: str) -> None:
    """RFC 7523, section 3; OpenID Connect Core, section 9; FAPI 2.0 Security Profile, section 5.3.2.1"""
    assert step_of(sign(claims_of(CLIENT, **changes))) == step


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_clock_that_is_eight_seconds_ahead_is_borne(claim: str) -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.1: up to 10 seconds are accepted, more than 60 refused"""
    assert verify(sign(claims_of(CLIENT, **{claim: int(NOW.timestamp()) + 8}))).client_id == CLIENT


def test_times_need_not_be_whole_and_iat_not_be_there() -> None:
    """RFC 7519, section 2, NumericDate; RFC 7523, section 3, items 5 and 6"""
    assert verify(sign(claims_of(CLIENT, exp=NOW.timestamp() + 30.5, iat=None))).client_id == CLIENT


@pytest.mark.parametrize("aud", [TOKEN_ENDPOINT, [TOKEN_ENDPOINT], [ISSUER]])
def test_the_basic_profile_takes_what_openid_connect_recommends(aud: Any) -> None:
    """OpenID Connect Core, section 9: the audience should be the token endpoint"""
    assert lenient(sign(claims_of(CLIENT, aud=aud))).client_id == CLIENT


def test_the_basic_profile_takes_nobody_else_beside_us_either() -> None:
    with pytest.raises(VerificationFailed) as refused:
        lenient(sign(claims_of(CLIENT, aud=[ISSUER, "https://evil.example/token"])))
    assert refused.value.step == "aud"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", None])
def test_the_type_of_an_assertion_may_be_said(typ: str | None) -> None:
    assert verify(sign(claims_of(CLIENT), typ=typ)).client_id == CLIENT


@pytest.mark.parametrize("typ", ["dpop+jwt", "oauth-authz-req+jwt", "at+jwt", ""])
def test_no_token_of_another_kind_passes_for_an_assertion(typ: str) -> None:
    """RFC 8725, section 3.11"""
    assert step_of(sign(claims_of(CLIENT), typ=typ)) == "typ"


def test_another_key_is_refused_whether_it_names_itself_or_one_of_ours() -> None:
    stranger = key_for("ES256", 2)
    assert step_of(sign(claims_of(CLIENT), key=stranger)) == "key"
    assert step_of(sign(claims_of(CLIENT), key=stranger, kid="ES256-1")) == "signature"
    assert step_of(sign(claims_of(CLIENT), key=stranger, kid=None)) == "signature"
    assert step_of(sign(claims_of(CLIENT)), keys=()) == "key"


def test_a_key_for_encryption_signs_nothing() -> None:
    """RFC 7517, section 4.2"""
    for said in ({"use": "enc"}, {"alg": "ECDH-ES"}):
        kept = PublicKey(key_for("ES256"), kid="ES256-1", **said)
        assert step_of(sign(claims_of(CLIENT)), keys=[kept]) == "key"


def test_the_algorithm_is_not_the_tokens_to_choose() -> None:
    """RFC 8725, section 3.1: `none`, and a public key taken for a secret"""
    for header in ('{"alg":"none"}', '{"alg":"HS256"}', '{"alg":["ES256"]}', '{"alg":null}'):
        assert step_of(f"{_b64(header.encode())}.e30.AAAA") == "alg"


def test_extensions_that_change_what_is_signed_are_refused() -> None:
    """RFC 7515, section 4.1.11; RFC 7797, section 7: not for JWTs"""
    header = _b64(b'{"alg":"ES256","b64":false,"crit":["b64"]}')
    assert step_of(f"{header}.e30.AAAA") == "jws"


@pytest.mark.parametrize("payload", [b"[]", b"1", b'"x"', b"{", b"\xff", b""])
def test_what_is_no_set_of_claims_is_refused(payload: bytes) -> None:
    assert step_of(sign(payload)) == "claims"


def test_a_changed_byte_is_refused_wherever_it_is() -> None:
    header, payload, signature = sign(claims_of(CLIENT)).split(".")
    assert step_of(f"{header}.{payload[:-4]}AAAA.{signature}") in ("signature", "claims")
    assert step_of(f"{header}.{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}") == "signature"
    assert step_of(f"{header}.{payload}.") == "signature"
    assert step_of(sign(claims_of(CLIENT)) + "A" * 20_000) == "jws"


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_whatever_comes_is_refused_and_breaks_nothing(text: str) -> None:
    for judge in (verify, read_claimed_client):
        with pytest.raises(VerificationFailed):
            judge(text)


def test_whom_an_assertion_is_of_is_read_before_it_is_believed() -> None:
    assert read_claimed_client(sign(claims_of(CLIENT), key=key_for("ES256", 2))) == CLIENT
    with pytest.raises(VerificationFailed) as refused:
        read_claimed_client(sign(claims_of(CLIENT, sub=None)))
    assert refused.value.step == "sub"


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
