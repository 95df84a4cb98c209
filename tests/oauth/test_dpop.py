"""RFC 9449, sections 4.2, 4.3, 8 and 11.1: what a proof must be."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.nonces import build_nonce
from eid.errors import VerificationFailed
from eid.oauth.dpop import (
    ALGORITHMS,
    NONCE_LABEL,
    NONCE_LIFE,
    ShownProofs,
    VerifiedProof,
    normalise_htu,
    verify_dpop_proof,
)
from tests.oauth.proving import REMOVED, HeldKey, encode

URI = "https://eid.example/oauth/token"
SECRET = bytes(range(32))
KEY = HeldKey.generate()
OTHER = HeldKey.generate()
RSA = HeldKey.generate("PS256")
TOKEN = "an-access-token"
NOW = datetime.fromtimestamp(int(time.time()), UTC)


def nonce_at(made_at: datetime, label: str = NONCE_LABEL) -> str:
    return build_nonce(label, secret=SECRET, randomness=b"r" * 16, now=made_at)


def verify(
    *proofs: str, method: str = "POST", uri: str = URI, needs_nonce: bool = False, token: str | None = None
) -> VerifiedProof:
    shown = ShownProofs(proofs, method, uri)
    return verify_dpop_proof(shown, nonce_secret=SECRET, needs_nonce=needs_nonce, now=NOW, access_token=token)


def prove(**changes: Any) -> str:
    return KEY.prove("POST", URI, **({"iat": int(NOW.timestamp())} | changes))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_good_proof_proves_its_key(alg: str) -> None:
    """RFC 9449, section 4.3; FAPI 2.0 Security Profile, section 5.4.1; RFC 7638 for the thumbprint"""
    key = HeldKey.generate(alg)
    found = verify(key.prove("POST", URI, iat=int(NOW.timestamp())))
    assert found.jkt == key.jkt


def test_the_thumbprint_is_that_of_the_specifications_example() -> None:
    """RFC 9449, section 4.1's key has the thumbprint of section 6.1"""
    example = {
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    }
    public = {"jwk": example}
    with pytest.raises(VerificationFailed) as failed:
        verify(prove(header=public))
    assert failed.value.step == "signature"


REFUSED: dict[str, tuple[str, str]] = {
    "no JWT": ("jws", "rubbish"),
    "three dots of rubbish": ("jws", "a.b.c"),
    "too long": ("jws", "a" * 40_000),
    "typ missing": ("typ", prove(header={"typ": REMOVED})),
    "typ of another kind": ("typ", prove(header={"typ": "JWT"})),
    "alg missing": ("jws", prove(header={"alg": REMOVED})),
    "alg none": ("alg", prove(header={"alg": "none"})),
    "alg symmetric": ("alg", prove(header={"alg": "HS256"})),
    "alg RS256": ("alg", RSA.prove("POST", URI, header={"alg": "RS256"})),
    "jwk missing": ("jwk", prove(header={"jwk": REMOVED})),
    "jwk no key": ("jwk", prove(header={"jwk": {"kty": "EC"}})),
    "jwk no object": ("jwk", prove(header={"jwk": "key"})),
    "jwk symmetric": ("jwk", prove(header={"jwk": {"kty": "oct", "k": "AAAA"}})),
    "jwk private": ("jwk", prove(header={"jwk": KEY.jwk(private=True)})),
    "jwk of another algorithm": ("key", prove(header={"jwk": RSA.jwk()})),
    "jwk of another": ("signature", prove(header={"jwk": OTHER.jwk()})),
    "crit": ("jws", prove(header={"crit": ["exp"], "exp": 1})),
    "signature changed": ("signature", prove()[:-8] + "AAAAAAAA"),
    "jti missing": ("claims", prove(jti=REMOVED)),
    "jti no text": ("claims", prove(jti=7)),
    "jti half a character": ("claims", prove(jti="\ud800")),
    "jti too long": ("claims", prove(jti="j" * 257)),
    "htm missing": ("claims", prove(htm=REMOVED)),
    "htu missing": ("claims", prove(htu=REMOVED)),
    "iat missing": ("claims", prove(iat=REMOVED)),
    "iat no number": ("claims", prove(iat="now")),
    "iat true": ("claims", prove(iat=True)),
    "htm of another method": ("htm", prove(htm="PUT")),
    "htm in small letters": ("htm", prove(htm="post")),
    "htu of another address": ("htu", prove(htu="https://eid.example/oauth/par")),
    "htu of another host": ("htu", prove(htu="https://evil.example/oauth/token")),
    "htu of another scheme": ("htu", prove(htu="http://eid.example/oauth/token")),
    "htu of another port": ("htu", prove(htu="https://eid.example:8443/oauth/token")),
    "htu that is none": ("htu", prove(htu="https://[")),
    "iat an hour ago": ("iat", prove(iat=int(NOW.timestamp()) - 3600)),
    "iat in an hour": ("iat", prove(iat=int(NOW.timestamp()) + 3600)),
    "iat not a number": ("iat", prove(iat=float("nan"))),
    "nbf in an hour": ("nbf", prove(nbf=int(NOW.timestamp()) + 3600)),
    "exp an hour ago": ("exp", prove(exp=int(NOW.timestamp()) - 3600)),
    "nonce of somebody": ("nonce", prove(nonce="made-up")),
    "nonce of another use": ("nonce", prove(nonce=nonce_at(NOW, "openid4vci nonce"))),
    "nonce too old": ("nonce", prove(nonce=nonce_at(NOW - NONCE_LIFE - timedelta(seconds=1)))),
    "nonce no text": ("nonce", prove(nonce=7)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_proof_that_lacks_something_is_refused_with_the_step(case: str) -> None:
    """RFC 9449, section 4.3, 1 to 11"""
    step, proof = REFUSED[case]
    with pytest.raises(VerificationFailed) as failed:
        verify(proof)
    assert failed.value.step == step
    assert failed.value.code == ("use_dpop_nonce" if step == "nonce" else "invalid_dpop_proof")


@pytest.mark.parametrize("proofs", [(), (prove(), prove())])
def test_there_is_exactly_one_proof(proofs: tuple[str, ...]) -> None:
    """RFC 9449, section 4.3, 1"""
    with pytest.raises(VerificationFailed) as failed:
        verify(*proofs)
    assert failed.value.step == "header"


@pytest.mark.parametrize(
    "changes",
    [
        {"htu": URI + "?a=b#c"},
        {"htu": "HTTPS://EID.example:443/oauth/token"},
        {"htu": "https://eid.example/oauth/%74oken"},
        {"header": {"unknown": "member"}, "unknown": {"a": 1}},
        {"header": {"kid": "a name"}},
        {"iat": int(NOW.timestamp()) - 10},
        {"iat": int(NOW.timestamp()) + 10},
        {"nbf": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300},
        {"nonce": nonce_at(NOW), "iat": int(NOW.timestamp()) - 3600},
        {"nonce": nonce_at(NOW - NONCE_LIFE)},
    ],
)
def test_what_makes_no_difference_makes_none(changes: dict[str, Any]) -> None:
    """RFC 9449, section 4.3, 9 (query, fragment, forms of an address), 4.2 (members that nobody knows), 11.1 (clocks)"""
    assert verify(prove(**changes)).jkt == KEY.jkt


def test_where_a_nonce_is_needed_a_proof_without_is_told_so() -> None:
    """RFC 9449, section 8"""
    with pytest.raises(VerificationFailed) as failed:
        verify(prove(), needs_nonce=True)
    assert (failed.value.step, failed.value.code) == ("nonce", "use_dpop_nonce")
    assert verify(prove(nonce=nonce_at(NOW)), needs_nonce=True).jkt == KEY.jkt


def test_with_a_token_the_proof_is_for_that_token() -> None:
    """RFC 9449, section 4.3, 12"""
    assert verify(prove(token=TOKEN), token=TOKEN).jkt == KEY.jkt
    for changes, step in (({}, "claims"), ({"token": "another"}, "ath"), ({"ath": encode(b"x" * 32)}, "ath")):
        with pytest.raises(VerificationFailed) as failed:
            verify(prove(**changes), token=TOKEN)
        assert failed.value.step == step


def test_two_proofs_are_the_same_only_with_key_and_jti() -> None:
    """RFC 9449, section 11.1"""
    first = verify(prove(jti="one"))
    assert verify(prove(jti="one")).digest == first.digest
    assert verify(prove(jti="two")).digest != first.digest
    other = OTHER.prove("POST", URI, jti="one", iat=int(NOW.timestamp()))
    assert verify(other).digest != first.digest


@given(st.text(max_size=200))
def test_no_text_is_a_proof(text: str) -> None:
    with pytest.raises(VerificationFailed):
        verify(text)


@given(st.text(max_size=100))
def test_an_address_in_its_one_form_stays_so(uri: str) -> None:
    once = normalise_htu(uri)
    assert once is None or normalise_htu(once) == once


def test_the_proof_of_another_method_or_address_is_another_proof() -> None:
    shown = ShownProofs((prove(),), "POST", URI)
    for changed, step in ((replace(shown, method="GET"), "htm"), (replace(shown, uri="https://eid.example/"), "htu")):
        with pytest.raises(VerificationFailed) as failed:
            verify_dpop_proof(changed, nonce_secret=SECRET, needs_nonce=False, now=NOW)
        assert failed.value.step == step
