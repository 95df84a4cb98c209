"""Public keys of others as JSON Web Keys (RFC 7517), and what somebody else signed with one of them (RFC 7515).

Keys are taken by their numbers alone: what a set says besides (`kid`, `use`, `alg`) only chooses among them. Algorithms are
listed by whoever verifies, never taken from the token.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey

from eid.crypto.jwt import VerifiedToken
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

MAX_KEYS = 32
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
"""FAPI 2.0 Security Profile, section 5.4; the upper bound keeps a verification cheap."""
MAX_RSA_EXPONENT = 2**32
MAX_TOKEN = 16 * 1024

Jwk: TypeAlias = RSAKey | ECKey | OKPKey | OctKey

_NUMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
"""The members that make the public key, by `kty` (RFC 7518, section 6; RFC 8037, section 2)."""
_CURVES = {"EC": {"P-256", "P-384", "P-521"}, "OKP": {"Ed25519", "X25519"}}
_WEAK_CURVES = {"P-192", "secp192k1", "secp192r1", "secp160r1"}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

_FITTING = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
    "HS256": ("oct", None),
}
"""`kty` and `crv` of the keys that an algorithm takes. EdDSA is the older name of Ed25519 (RFC 9864, section 2.2)."""


@frozen
class PublicKey:
    """One key of a set, with what the set says it is for."""

    jwk: Jwk
    kid: str | None = None
    use: str | None = None
    alg: str | None = None

    def fits(self, alg: str) -> bool:
        """Whether signatures of this algorithm can be verified with it."""
        kty, curve = _FITTING[alg]
        if self.use not in (None, "sig") or self.jwk.key_type != kty:
            return False
        if curve is not None and getattr(self.jwk, "curve_name", None) != curve:
            return False
        return self.alg is None or self.alg == alg or {self.alg, alg} == {"EdDSA", "Ed25519"}


class _Registry(jws.JWSRegistry):
    """joserfc's algorithms; EdDSA is verified as Ed25519, which is what it means for a key on that curve."""

    max_header_length = 8192

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


# Members of a header that nobody knows are ignored (RFC 7515, section 4).
_REGISTRY = _Registry(algorithms=["RS256", "PS256", "ES256", "Ed25519", "HS256"], strict_check_header=False)


def parse_jwk_set(document: object) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set that we understand; others are passed over (RFC 7517, section 5).

    Raises Malformed: jwks_malformed, jwks_private (a set shows its owner's secret), jwks_weak (RSA below 2048 bits, curves
    below 224).
    """
    found = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(key, Mapping) for key in found):
        raise Malformed("jwks_malformed", "A JWK Set is a JSON object whose member keys is a list of keys.")
    if len(found) > MAX_KEYS:
        raise Malformed("jwks_malformed", "A JWK Set has at most 32 keys here.")
    return tuple(key for one in found if (key := _parse_key(one)) is not None)


def verify_jws(token: str, *, keys: Sequence[PublicKey], algorithms: Collection[str]) -> VerifiedToken:
    """The claims of a token that somebody else signed, of which this holds; else VerificationFailed with the step.

    1. It is a compact JWS without extensions (`crit`, `b64`), not too long. Step `jws`.
    2. Its algorithm is among these. Step `alg`.
    3. A key of the set fits: the one that its `kid` names, or any of the right kind where it names none. Step `key`.
    4. Its signature holds under that key. Step `signature`.
    5. What was signed is a JSON object. Step `claims`.
    """
    # (1)
    if len(token) > MAX_TOKEN:
        raise VerificationFailed("jws", "token_malformed", "The token cannot be read.", reason="too long")
    try:
        unverified = jws.extract_compact(token.encode(), registry=_REGISTRY)
    except (JoseError, ValueError, RecursionError) as error:
        raise _unreadable(error) from error
    header = unverified.headers()
    if not isinstance(header, dict) or {"crit", "b64"} & header.keys():
        raise VerificationFailed("jws", "token_malformed", "The token cannot be read.", reason="an extension")
    # (2)
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in algorithms or alg not in _FITTING:
        raise VerificationFailed("alg", "token_algorithm", "The token is signed by an algorithm that is not allowed.")
    # (3)
    fitting = [key for key in keys if key.fits(alg) and ("kid" not in header or key.kid == header["kid"])]
    if not fitting:
        raise VerificationFailed("key", "token_key", "The token is signed by a key that is not known.")
    # (4)
    if not any(_holds(unverified, key) for key in fitting):
        raise VerificationFailed("signature", "token_signature", "The token's signature does not hold.")
    # (5)
    return VerifiedToken(header=dict(header), claims=_read_claims(unverified.payload))


def read_unverified_claims(token: str) -> Mapping[str, Any]:
    """What a token says, believed by nobody: only to find out whose keys it has to be verified with."""
    return _read_claims(_extract(token).payload)


def read_unverified_header(token: str) -> Mapping[str, Any]:
    """The header of a token, believed by nobody: only to find the key that it brings along."""
    header = _extract(token).headers()
    if not isinstance(header, dict):
        raise VerificationFailed("jws", "token_malformed", "The token cannot be read.", reason="no header")
    return dict(header)


def _extract(token: str) -> jws.CompactSignature:
    try:
        if len(token) > MAX_TOKEN:
            raise ValueError("too long")
        return jws.extract_compact(token.encode(), registry=_REGISTRY)
    except (JoseError, ValueError, RecursionError) as error:
        raise _unreadable(error) from error


def _holds(unverified: jws.CompactSignature, key: PublicKey) -> bool:
    try:
        return jws.validate_compact(unverified, key.jwk, registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise _unreadable(error) from error


def _read_claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise VerificationFailed("claims", "token_claims", "The token holds no claims.") from error
    if not isinstance(claims, dict):
        raise VerificationFailed("claims", "token_claims", "The token holds no claims.")
    return claims


def _parse_key(document: Mapping[str, Any]) -> PublicKey | None:
    """The key, or None for a kind that we do not know."""
    kty = _text(document, "kty")
    if kty == "oct" or _PRIVATE & document.keys():
        raise Malformed("jwks_private", "A JWK Set holds public keys only; this one shows a secret: replace that key.")
    curve = _text(document, "crv")
    if curve in _WEAK_CURVES:
        raise _weak()
    if kty not in _NUMBERS or (kty in _CURVES and curve not in _CURVES[kty]):
        return None
    try:
        jwk = JWKRegistry.key_types[kty].import_key(_numbers(kty, document))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Malformed(
            "jwks_malformed", "A key of the JWK Set cannot be read.", reason=type(error).__name__
        ) from error
    return PublicKey(jwk, *(_text(document, name) for name in ("kid", "use", "alg")))


def _numbers(kty: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Only what makes the key; an RSA key's length is judged before anything is computed with it."""
    numbers: dict[str, Any] = {"kty": kty, **{name: document[name] for name in _NUMBERS[kty]}}
    if kty == "RSA":
        modulus, exponent = (int.from_bytes(_decode(numbers[name])) for name in ("n", "e"))
        if modulus.bit_length() < MIN_RSA_BITS:
            raise _weak()
        if modulus.bit_length() > MAX_RSA_BITS or not 3 <= exponent <= MAX_RSA_EXPONENT:
            raise ValueError("an RSA key of this size")
    return numbers


def _decode(value: object) -> bytes:
    """Base64url as RFC 7515, section 2, has it."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _weak() -> Malformed:
    return Malformed("jwks_weak", "Keys must be RSA of at least 2048 bits, or on a curve of at least 224.")


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed("jwks_malformed", "A key of the JWK Set cannot be read.", reason=name)
    return value


def _unreadable(error: Exception) -> VerificationFailed:
    return VerificationFailed("jws", "token_malformed", "The token cannot be read.", reason=type(error).__name__)
