"""Signing keys with their names: a private key, its algorithm and its key identifier (the RFC 7638 thumbprint)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey

from eid.errors import Malformed

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

ES256, RS256, PS256, ED25519 = "ES256", "RS256", "PS256", "Ed25519"
SIGNING_ALGORITHMS = (ES256, RS256, PS256, ED25519)
"""RFC 7518, section 3; RFC 9864, section 2.2."""
RSA_BITS = 2048


@dataclass(frozen=True)
class SigningKey:
    """A key that signs with one algorithm and no other (RFC 8725, section 3.1)."""

    private_key: PrivateKey
    alg: str = ES256

    @cached_property
    def jwk(self) -> ECKey | RSAKey | OKPKey:
        key = _build_jwk(self.private_key, self.alg)
        key.ensure_kid()
        return key

    @cached_property
    def kid(self) -> str:
        kid = self.jwk.kid
        assert kid is not None
        return kid

    def public_jwk(self) -> dict[str, object]:
        """The public half as a JSON Web Key with `kid`, `use` and `alg` (RFC 7517)."""
        return dict(self._public_jwk)

    @cached_property
    def _public_jwk(self) -> dict[str, object]:
        return dict(self.jwk.as_dict(private=False))

    def to_pem(self) -> bytes:
        """The private key, unencrypted PKCS #8 PEM, for the key store alone."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def _build_jwk(private_key: PrivateKey, alg: str) -> ECKey | RSAKey | OKPKey:
    """Made of the key itself: through a PEM, it would be parsed and its primes proven once more."""
    about: KeyParameters = {"use": "sig", "alg": alg}
    if isinstance(private_key, rsa.RSAPrivateKey):
        return RSAKey.import_key(private_key, about)
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        return ECKey.import_key(private_key, about)
    return OKPKey.import_key(private_key, about)


def generate_signing_key(alg: str = ES256) -> SigningKey:
    """P-256 for ES256, Ed25519, or RSA of 2048 bits."""
    if alg == ES256:
        return SigningKey(ec.generate_private_key(ec.SECP256R1()), alg)
    if alg == ED25519:
        return SigningKey(ed25519.Ed25519PrivateKey.generate(), alg)
    if alg in (RS256, PS256):
        return SigningKey(rsa.generate_private_key(65537, RSA_BITS), alg)
    raise ValueError(f"no keys are made for {alg}")


def parse_signing_key(pem: bytes, alg: str = ES256) -> SigningKey:
    """The inverse of SigningKey.to_pem. Raises Malformed where the PEM holds no private key for this algorithm."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise Malformed("key_malformed", "A signing key cannot be read.", reason=str(error)) from error
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1" and alg == ES256:
        return SigningKey(key, alg)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS and alg in (RS256, PS256):
        return SigningKey(key, alg)
    if isinstance(key, ed25519.Ed25519PrivateKey) and alg == ED25519:
        return SigningKey(key, alg)
    raise Malformed("key_malformed", f"A signing key must be a {'P-256 key' if alg == ES256 else f'key for {alg}'}.")
