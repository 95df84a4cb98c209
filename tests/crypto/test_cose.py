"""COSE, RFC 9052 and 9053: the working group's examples, the laws, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.cbor import Tag, build_cbor, parse_cbor
from eid.crypto.cose import (
    ALG,
    CRIT,
    ES256,
    ES384,
    ES512,
    KID,
    build_cose_key,
    build_sign1,
    cose_key_of_jwk,
    parse_cose_key,
    parse_sign1,
    verify_sign1,
)
from eid.errors import Malformed, VerificationFailed

EXAMPLES = json.loads((Path(__file__).parent.parent / "vectors/cose/sign1.json").read_text())
KEYS = {
    ES256: ec.generate_private_key(ec.SECP256R1()),
    ES384: ec.generate_private_key(ec.SECP384R1()),
    ES512: ec.generate_private_key(ec.SECP521R1()),
}


def verify(data: bytes, key: ec.EllipticCurvePublicKey, **more: Any) -> None:
    verify_sign1(parse_sign1(parse_cbor(data)), key, step="signature", code="bad", **more)


@pytest.mark.parametrize("example", EXAMPLES["examples"], ids=lambda example: example["name"])
def test_the_examples_of_the_working_group_hold_or_fail_as_they_say(example: dict[str, Any]) -> None:
    """RFC 9052, 4.4; an empty protected header is signed as an empty octet string whichever way it was sent."""
    key = parse_cose_key(cose_key_of_jwk(EXAMPLES["key"]))
    terms = {"external": bytes.fromhex(example["external"]), "algorithm": example.get("algorithm")}
    if example["holds"]:
        verify(bytes.fromhex(example["cbor"]), key, **terms)
        return
    with pytest.raises(VerificationFailed) as refusal:
        verify(bytes.fromhex(example["cbor"]), key, **terms)
    assert refusal.value.code in ("bad", "cose_algorithm")


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_is_signed_holds_under_its_key_and_no_other(algorithm: int) -> None:
    key = KEYS[algorithm]
    signed = build_sign1(b"content", key=key, protected={ALG: algorithm}, external=b"context")
    verify(signed, key.public_key(), external=b"context")
    for other in (ec.generate_private_key(key.curve), *KEYS.values()):
        if other is key:
            continue
        with pytest.raises(VerificationFailed):
            verify(signed, other.public_key(), external=b"context")
    with pytest.raises(VerificationFailed) as refusal:
        verify(signed, key.public_key())
    assert (refusal.value.step, refusal.value.code) == ("signature", "bad")


@given(st.data())
def test_any_octet_that_is_altered_is_refused(data: st.DataObject) -> None:
    signed = build_sign1(b"content", key=KEYS[ES256], protected={ALG: ES256})
    at = data.draw(st.integers(0, len(signed) - 1))
    changed = signed[:at] + bytes([signed[at] ^ data.draw(st.integers(1, 255))]) + signed[at + 1 :]
    with pytest.raises((VerificationFailed, Malformed)):
        verify(changed, KEYS[ES256].public_key())


@pytest.mark.parametrize(
    "value",
    [
        7,
        [],
        [b"", {}, b"", b"", b""],
        [{}, {}, b"", b""],
        [b"", [], b"", b""],
        [b"", {}, "text", b""],
        [b"", {}, b"", None],
        [b"\x01", {}, b"", b""],
        [b"\xff", {}, b"", b""],
        [build_cbor({ALG: ES256}), {ALG: ES256}, b"", b""],
        [build_cbor({CRIT: [99]}), {}, b"", b""],
        Tag(17, [b"", {}, b"", b""]),
    ],
    ids=str,
)
def test_what_is_no_signature_is_refused(value: Any) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_sign1(parse_cbor(build_cbor(value)))
    assert refusal.value.code in ("cose_malformed", "cbor_malformed")


def test_an_algorithm_that_is_not_protected_does_not_count() -> None:
    """ISO/IEC 18013-5, 9.1.2.4: the algorithm is a protected header."""
    signed = parse_cbor(build_sign1(b"content", key=KEYS[ES256], protected={ALG: ES256}))
    signed[0], signed[1] = b"", {ALG: ES256, KID: b"1"}
    with pytest.raises(VerificationFailed) as refusal:
        verify(build_cbor(signed), KEYS[ES256].public_key())
    assert refusal.value.code == "cose_algorithm"


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_is_written_and_read(algorithm: int) -> None:
    public = KEYS[algorithm].public_key()
    assert parse_cose_key(parse_cbor(build_cbor(build_cose_key(public)))).public_numbers() == public.public_numbers()


@pytest.mark.parametrize(
    "change",
    [{1: 1}, {-1: 4}, {-1: "P-256"}, {-2: bytes(32)}, {-2: b"x"}, {-3: True}, {-3: None}, {-4: bytes(32)}],
    ids=str,
)
def test_a_key_of_another_kind_is_refused(change: dict[int, Any]) -> None:
    """RFC 9053, 7.1.1."""
    with pytest.raises(Malformed) as refusal:
        parse_cose_key(build_cose_key(KEYS[ES256].public_key()) | change)
    assert refusal.value.code == "cose_key"
