"""Signing keys with their names: a private key, its algorithm and its key identifier (the RFC 7638 thumbprint)."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey

from eid.errors import Malformed
from eid.late_dataclasses import frozen

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

ES256, RS256, PS256, ED25519 = "ES256", "RS256", "PS256", "Ed25519"
SIGNING_ALGORITHMS = (ES256, RS256, PS256, ED25519)
"""RFC 7518, section 3; RFC 9864, section 2.2."""
RSA_BITS = 2048
TRIAL = b"eid"
"""What a key signs to show that it is whole."""


@frozen
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
    """The inverse of SigningKey.to_pem. Raises Malformed where the PEM holds no whole private key for this algorithm."""
    try:
        key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as error:
        raise Malformed("key_malformed", "A signing key cannot be read.", reason=str(error)) from error
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1" and alg == ES256:
        return SigningKey(key, alg)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS and alg in (RS256, PS256):
        check_rsa_key(key)
        return SigningKey(key, alg)
    if isinstance(key, ed25519.Ed25519PrivateKey) and alg == ED25519:
        return SigningKey(key, alg)
    raise Malformed("key_malformed", f"A signing key must be a {'P-256 key' if alg == ES256 else f'key for {alg}'}.")


def check_rsa_key(key: rsa.RSAPrivateKey) -> None:
    """Raise Malformed where the parts of this key do not belong together: a damaged key that signs gives itself away.

    1. The modulus is the product of both primes. 2. Exponents and coefficient are theirs (RFC 8017, section 3.2). 3. What it
    signs, its public half verifies: were one of the two no prime, it would not (Fermat). The library would prove the primes as
    if somebody else had chosen them, which takes twenty times as long.
    """
    numbers = key.private_numbers()
    p, q, d, e = numbers.p, numbers.q, numbers.d, numbers.public_numbers.e
    try:
        _require(p % 2 == q % 2 == 1 and p * q == numbers.public_numbers.n)  # 1
        _require(numbers.dmp1 == d % (p - 1) and numbers.dmq1 == d % (q - 1) and numbers.iqmp * q % p == 1)  # 2
        _require(e * d % (p - 1) == 1 == e * d % (q - 1))  # 2
        signature = key.sign(TRIAL, padding.PKCS1v15(), hashes.SHA256())  # 3
        key.public_key().verify(signature, TRIAL, padding.PKCS1v15(), hashes.SHA256())  # 3
    except (ArithmeticError, ValueError, InvalidSignature) as error:
        raise Malformed("key_malformed", "A signing key is damaged.", reason=type(error).__name__) from error


def _require(holds: bool) -> None:
    if not holds:
        raise ArithmeticError
