"""JWK Sets of others: what is taken, what is passed over, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey
from joserfc.util import int_to_base64

from eid.crypto.jwks import parse_jwk_set
from eid.errors import Malformed

RFC7517_A_1 = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            "use": "enc",
            "kid": "1",
        },
        {
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC"
            "iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
            "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1"
            "jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        },
    ]
}
"""RFC 7517, appendix A.1."""


def rsa_jwk(bits: int, exponent: int = 65537) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"kty": "RSA", "n": int_to_base64(numbers.n), "e": int_to_base64(exponent)}


def code_of(*keys: Any) -> str:
    with pytest.raises(Malformed) as refused:
        parse_jwk_set({"keys": list(keys)})
    return refused.value.code


def test_the_examples_of_the_specification_are_read() -> None:
    """RFC 7517, appendix A.1"""
    elliptic, modular = parse_jwk_set(RFC7517_A_1)
    assert (elliptic.kid, elliptic.use, modular.alg) == ("1", "enc", "RS256")
    assert modular.jwk.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert [key.fits("ES256") for key in (elliptic, modular)] == [False, False]
    assert [key.fits("RS256") for key in (elliptic, modular)] == [False, True]
    assert not modular.fits("PS256")


def test_kinds_that_are_not_known_are_passed_over() -> None:
    """RFC 7517, section 5"""
    strange = [{"kty": "AKP", "alg": "ML-DSA-65"}, {"kty": "OKP", "crv": "Ed448", "x": "AA"}, {}]
    assert len(parse_jwk_set({"keys": [*strange, *RFC7517_A_1["keys"]], "more": 1})) == 2


@pytest.mark.parametrize("key", [ECKey, OKPKey, OctKey])
def test_a_set_that_shows_a_secret_is_refused(key: Any) -> None:
    secret = key.generate_key(256 if key is OctKey else "P-256" if key is ECKey else "Ed25519")
    assert code_of(secret.as_dict(private=True)) == "jwks_private"


def test_keys_that_are_too_short_or_costly_are_refused() -> None:
    """FAPI 2.0 Security Profile, section 5.4.1: RSA of 2048 bits, elliptic curves of 224"""
    assert code_of(rsa_jwk(1024)) == "jwks_weak"
    assert code_of({"kty": "EC", "crv": "P-192", "x": "AA", "y": "AA"}) == "jwks_weak"
    assert code_of({"kty": "RSA", "n": int_to_base64(2**8200 + 1), "e": "AQAB"}) == "jwks_malformed"
    assert code_of(rsa_jwk(2048, 2**2000 + 1)) == "jwks_malformed"
    assert code_of(rsa_jwk(2048, 1)) == "jwks_malformed"


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": 1, "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "é", "y": "AA"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": ["P-256"]},
        {"kty": "RSA", "n": None, "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {**RFC7517_A_1["keys"][0], "kid": 1},
        {**RFC7517_A_1["keys"][0], "use": ["sig"]},
    ],
)
def test_keys_that_are_none_are_refused(key: dict[str, Any]) -> None:
    assert code_of(key) == "jwks_malformed"


@pytest.mark.parametrize("document", [None, [], "keys", {}, {"keys": {}}, {"keys": ["x"]}, {"keys": [{}] * 33}])
def test_what_is_no_set_is_refused(document: object) -> None:
    with pytest.raises(Malformed) as refused:
        parse_jwk_set(document)
    assert refused.value.code == "jwks_malformed"


_JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
_MEMBERS = st.fixed_dictionaries(
    {"kty": st.sampled_from(["EC", "RSA", "OKP"]) | _JSON},
    optional={
        name: st.sampled_from(["P-256", "Ed25519", "AQAB"]) | _JSON for name in ("crv", "x", "y", "n", "e", "kid")
    },
)


@given(st.lists(_MEMBERS, max_size=3))
def test_whatever_a_set_holds_it_is_read_or_refused(keys: list[dict[str, Any]]) -> None:
    try:
        parse_jwk_set({"keys": keys})
    except Malformed as refused:
        assert refused.code in ("jwks_malformed", "jwks_weak", "jwks_private")
