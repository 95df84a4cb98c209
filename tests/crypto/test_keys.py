"""A damaged RSA key is refused when it is read, before it signs: a faulty signature gives a prime away."""

from __future__ import annotations

import base64
from math import lcm
from typing import Any

import pytest
from asn1crypto.keys import PrivateKeyInfo, RSAPrivateKey
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from eid.crypto.keys import PS256, RS256, generate_signing_key, parse_signing_key
from eid.errors import Malformed

KEY = generate_signing_key(RS256)
PARTS = ("modulus", "private_exponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")


def parts_of(pem: bytes) -> dict[str, Any]:
    key = serialization.load_pem_private_key(pem, password=None)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return dict(RSAPrivateKey.load(der).native)


def pem_of(parts: dict[str, Any]) -> bytes:
    """PKCS #8 of these numbers, whatever they are."""
    der = PrivateKeyInfo.wrap(RSAPrivateKey(parts), "rsa").dump()
    return b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(der) + b"-----END PRIVATE KEY-----\n"


def assert_damaged(parts: dict[str, Any]) -> None:
    for alg in (RS256, PS256):
        with pytest.raises(Malformed) as refusal:
            parse_signing_key(pem_of(parts), alg)
        assert refusal.value.code == "key_malformed"


def test_a_whole_key_is_read() -> None:
    assert parse_signing_key(pem_of(parts_of(KEY.to_pem())), RS256).kid == KEY.kid


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("bit", [0, 1, 500, 1000])
def test_a_key_with_one_bit_changed_is_refused(part: str, bit: int) -> None:
    parts = parts_of(KEY.to_pem())
    assert_damaged(parts | {part: parts[part] ^ (1 << bit)})


@pytest.mark.parametrize("part", PARTS[1:])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_key_whose_part_is_gone_is_refused(part: str, number: int) -> None:
    assert_damaged(parts_of(KEY.to_pem()) | {part: number})


def test_a_public_exponent_that_is_not_its_own_is_refused() -> None:
    assert_damaged(parts_of(KEY.to_pem()) | {"public_exponent": 65539})


def test_a_key_of_a_number_that_is_no_prime_is_refused_although_all_else_belongs_together() -> None:
    """Its parts are computed from one another as a prime's would be; what it signs is wrong."""
    parts, e = parts_of(KEY.to_pem()), 65537
    q = parts["prime2"]
    halves = rsa.generate_private_key(e, 1024).private_numbers()
    p = halves.p * halves.q
    d = pow(e, -1, lcm(p - 1, q - 1))
    made = {"modulus": p * q, "private_exponent": d, "prime1": p, "exponent1": d % (p - 1), "exponent2": d % (q - 1)}
    assert_damaged(parts | made | {"coefficient": pow(q, -1, p)})
