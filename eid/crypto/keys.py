"""Signing keys with their names: a private key, its algorithm and its key identifier (the RFC 7638 thumbprint)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from eid.errors import Malformed


@dataclass(frozen=True)
class SigningKey:
    """A P-256 key that signs with ES256 (RFC 7518, section 3.4)."""

    private_key: ec.EllipticCurvePrivateKey

    @cached_property
    def jwk(self) -> ECKey:
        key = ECKey.import_key(
            self.private_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            {"use": "sig", "alg": "ES256"},
        )
        key.ensure_kid()
        return key

    @property
    def alg(self) -> str:
        return "ES256"

    @property
    def kid(self) -> str:
        kid = self.jwk.kid
        assert kid is not None
        return kid

    def public_jwk(self) -> dict[str, object]:
        """The public half as a JSON Web Key with `kid`, `use` and `alg` (RFC 7517)."""
        return dict(self.jwk.as_dict(private=False))

    def to_pem(self) -> bytes:
        """The private key, unencrypted PKCS #8 PEM, for the key store alone."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def generate_signing_key() -> SigningKey:
    return SigningKey(ec.generate_private_key(ec.SECP256R1()))


def parse_signing_key(pem: bytes) -> SigningKey:
    """The inverse of SigningKey.to_pem. Raises Malformed where the PEM holds no P-256 private key."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise Malformed("key_malformed", "A signing key cannot be read.", reason=str(error)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise Malformed("key_malformed", "A signing key must be a P-256 key.")
    return SigningKey(key)
