"""A token is believed only where everything expected of it holds (RFC 7515, 7519, 8725)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.jwt import VerifiedToken, build_jwt, build_jwt_of_json, verify_jwt
from eid.crypto.keys import generate_signing_key, parse_signing_key
from eid.errors import Malformed, VerificationFailed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY, OTHER = generate_signing_key(), generate_signing_key()
CLAIMS = {"iss": "https://eid.example", "aud": "clinic", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300}


TOKEN = build_jwt(CLAIMS, key=KEY, typ="paper+jwt")


def verify(token: str, **changes: Any) -> VerifiedToken:
    expected: dict[str, Any] = {
        "keys": [OTHER.public_jwk(), KEY.public_jwk()],
        "expected_typ": "paper+jwt",
        "expected_issuer": "https://eid.example",
        "expected_audience": "clinic",
        "now": NOW,
    }
    return verify_jwt(token, **(expected | changes))


def test_a_good_token_gives_back_its_claims() -> None:
    verified = verify(build_jwt(CLAIMS, key=KEY, typ="paper+jwt"))
    assert verified.claims == CLAIMS
    assert verified.header["kid"] == KEY.kid


def test_claims_in_json_make_the_token_that_they_would_make_as_values() -> None:
    written = json.dumps(CLAIMS | {"name": "Nguyễn"}, ensure_ascii=False, separators=(",", ":")).encode()
    one = build_jwt_of_json(written, key=KEY, typ="paper+jwt")
    other = build_jwt(CLAIMS | {"name": "Nguyễn"}, key=KEY, typ="paper+jwt")
    assert one.split(".")[:2] == other.split(".")[:2]
    assert verify(one).claims == CLAIMS | {"name": "Nguyễn"}


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"expected_typ": "JWT"}, "typ"),
        ({"expected_issuer": "https://evil.example"}, "iss"),
        ({"expected_audience": "bank"}, "aud"),
        ({"now": NOW + timedelta(seconds=311)}, "exp"),
        ({"now": NOW - timedelta(seconds=11)}, "iat"),
        ({"keys": [OTHER.public_jwk()]}, "signature"),
        ({"keys": []}, "signature"),
    ],
)
def test_what_is_not_as_expected_is_refused_by_its_step(changes: dict[str, Any], step: str) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify(build_jwt(CLAIMS, key=KEY, typ="paper+jwt"), **changes)
    assert refusal.value.step == step


def test_clocks_may_be_ten_seconds_apart() -> None:
    token = build_jwt(CLAIMS, key=KEY, typ="paper+jwt")
    assert verify(token, now=NOW + timedelta(seconds=309)).claims
    assert verify(token, now=NOW - timedelta(seconds=10)).claims


@pytest.mark.parametrize("missing", ["iat", "exp", "iss", "aud"])
def test_a_token_without_a_claim_that_is_judged_is_refused(missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    with pytest.raises(VerificationFailed):
        verify(build_jwt(claims, key=KEY, typ="paper+jwt"))


def test_an_audience_of_several_is_refused() -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify(build_jwt(CLAIMS | {"aud": ["clinic", "bank"]}, key=KEY, typ="paper+jwt"))
    assert refusal.value.step == "aud"


def test_an_unsigned_token_is_refused() -> None:
    """RFC 8725, section 2.1: the algorithm is ours to choose, not the token's."""
    header = {"alg": "none", "typ": "paper+jwt", "kid": KEY.kid}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, CLAIMS)]
    with pytest.raises(VerificationFailed) as refusal:
        verify(".".join([*parts, ""]))
    assert refusal.value.code == "token_signature"


@given(st.data())
def test_a_changed_character_anywhere_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN) - 2))  # the last character has bits that decoding ignores
    other = data.draw(st.sampled_from([c for c in "abcXYZ019-_." if c != TOKEN[at]]))
    changed = TOKEN[:at] + other + TOKEN[at + 1 :]
    with pytest.raises(VerificationFailed):
        verify(changed)


@given(st.text(max_size=200))
def test_rubbish_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(VerificationFailed):
        verify(text)


def test_a_key_survives_its_pem_and_publishes_only_its_public_half() -> None:
    again = parse_signing_key(KEY.to_pem())
    assert again.kid == KEY.kid
    assert set(KEY.public_jwk()) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_cannot_be_read_is_refused(pem: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_signing_key(pem)
    assert refusal.value.code == "key_malformed"
