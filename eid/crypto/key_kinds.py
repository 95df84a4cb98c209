"""Kinds of keys that an authority over cards and its chips may have, and how a key of each kind signs.

ICAO 9303-12, 4.4: RSA by RSASSA-PSS or PKCS #1 v1.5, ECDSA on curves whose parameters certificates give; the digest is
as strong as the key.
"""

from __future__ import annotations

from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.algorithms import HASH_LENGTHS, PrivateKey, Scheme


class KeyKind(StrEnum):
    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    RSA_4096 = "RSA-4096"
    P_256 = "P-256"
    P_384 = "P-384"
    BRAINPOOL_P256R1 = "brainpoolP256r1"
    BRAINPOOL_P384R1 = "brainpoolP384r1"
    BRAINPOOL_P512R1 = "brainpoolP512r1"


class Padding(StrEnum):
    """How an RSA key signs."""

    PSS = "pss"
    PKCS1 = "pkcs1"


class CurveParameters(StrEnum):
    """How a certificate says on which curve its key lies."""

    NAMED = "named"
    EXPLICIT = "explicit"


CSCA_KINDS = (
    KeyKind.RSA_3072,
    KeyKind.RSA_4096,
    KeyKind.P_256,
    KeyKind.P_384,
    KeyKind.BRAINPOOL_P256R1,
    KeyKind.BRAINPOOL_P384R1,
    KeyKind.BRAINPOOL_P512R1,
)
"""A CSCA's key must hold for decades: RSA from 3072 bits (9303-12, 4.4.1)."""
SIGNER_KINDS = tuple(kind for kind in KeyKind if kind is not KeyKind.RSA_4096)
CHIP_KINDS = (KeyKind.P_256, KeyKind.RSA_2048, KeyKind.BRAINPOOL_P256R1)
"""Of active authentication. An RSA key of 2048 bits answers in 256 octets, all that a short APDU holds."""

CURVES: dict[KeyKind, ec.EllipticCurve] = {
    KeyKind.P_256: ec.SECP256R1(),
    KeyKind.P_384: ec.SECP384R1(),
    KeyKind.BRAINPOOL_P256R1: ec.BrainpoolP256R1(),
    KeyKind.BRAINPOOL_P384R1: ec.BrainpoolP384R1(),
    KeyKind.BRAINPOOL_P512R1: ec.BrainpoolP512R1(),
}
RSA_BITS = {KeyKind.RSA_2048: 2048, KeyKind.RSA_3072: 3072, KeyKind.RSA_4096: 4096}

_HASHES_BY_CURVE_BITS = {256: "sha256", 384: "sha384", 512: "sha512"}


def choose_scheme(key: PrivateKey, *, padding: Padding) -> Scheme:
    """How a key signs certificates, lists and documents: the digest that its strength deserves; PSS with a salt as long
    as the digest (RFC 4055, 3.1)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return Scheme("ecdsa", _HASHES_BY_CURVE_BITS.get(key.curve.key_size, "sha512"))
    hash_name = "sha256" if key.key_size < 4096 else "sha512"
    if padding is Padding.PKCS1:
        return Scheme("rsa", hash_name)
    return Scheme("pss", hash_name, hash_name, HASH_LENGTHS[hash_name])
