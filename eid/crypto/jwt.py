"""Signed JSON Web Tokens (RFC 7515, 7519): building one, and verifying one against everything that is expected of it.

Signature and claims are verified by one call, so that neither can be forgotten. `typ` is explicit (RFC 8725, section
3.11), so that no token of one kind passes for another.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from eid.crypto.disclosures import encode_octets
from eid.crypto.es256 import sign_es256
from eid.crypto.keys import ES256, SigningKey
from eid.errors import VerificationFailed
from eid.json_writing import make_writer
from eid.late_dataclasses import frozen
from eid.timing import Layer, spends

LEEWAY = timedelta(seconds=10)
"""How far two honest clocks may be apart."""

LAST_SECOND = 253_402_300_799
"""The end of the year 9999, in seconds since 1970: what is later, no calendar here can tell."""

ALGORITHMS = (ES256,)
_write_json = make_writer(separators=(",", ":"), ensure_ascii=False)
_KINDS = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "Ed25519": "OKP"}
"""`kty` of the keys of each algorithm that we sign with."""


class LargeHeaders(jws.JWSRegistry):
    """A header may bring the signer's certificate (RFC 7515, 4.1.6), which is larger than joserfc reads by itself."""

    max_header_length = 16 * 1024


@frozen
class VerifiedToken:
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


@spends(Layer.CRYPTO)
def build_jwt(claims: Mapping[str, Any], *, key: SigningKey, typ: str, x5c: Sequence[str] = ()) -> str:
    """A compact JWS of these claims, signed by `key`, with `typ` and `kid` in its header, and certificates where given."""
    return _sign(_write_json(claims).encode(), key, typ, x5c)


@spends(Layer.CRYPTO)
def build_jwt_of_json(claims: bytes, *, key: SigningKey, typ: str) -> str:
    """As build_jwt, of claims that are written in JSON already."""
    return _sign(claims, key, typ)


def _sign(payload: bytes, key: SigningKey, typ: str, x5c: Sequence[str] = ()) -> str:
    if key.alg == ES256 and not x5c:
        return _sign_es256(payload, key, typ)
    header = {"alg": key.alg, "typ": typ, "kid": key.kid, **({"x5c": list(x5c)} if x5c else {})}
    return jws.serialize_compact(header, payload, key.jwk, registry=LargeHeaders(algorithms=[key.alg]))


def _sign_es256(payload: bytes, key: SigningKey, typ: str) -> str:
    """RFC 7515, 3.1, as it is signed most often."""
    private_key = cast(ec.EllipticCurvePrivateKey, key.private_key)
    signed = _write_es256_header(key.kid, typ) + encode_octets(payload)
    return (signed + b"." + encode_octets(sign_es256(private_key, signed))).decode()


@lru_cache(maxsize=256)
def _write_es256_header(kid: str, typ: str) -> bytes:
    """With the dot after it."""
    return encode_octets(_write_json({"alg": ES256, "typ": typ, "kid": kid}).encode()) + b"."


def verify_jwt(
    token: str,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_typ: str,
    expected_issuer: str,
    expected_audience: str,
    now: datetime,
) -> VerifiedToken:
    """The claims of a token of which all of this holds; else VerificationFailed with the step.

    1. It is a compact JWS in JSON whose header bears the expected `typ`.
    2. Its signature holds under the key of `keys` that its `kid` names.
    3. It was issued by the expected issuer, for the expected audience and nobody besides.
    4. `iat` is not in the future and `exp` not in the past, with ten seconds of leeway.
    """
    # (1) (2)
    verified = verify_signature(token, keys=keys, expected_typ=expected_typ)
    claims = verified.claims
    # (3)
    if claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    if claims.get("aud") != expected_audience:
        raise VerificationFailed("aud", "token_audience", "The token is meant for somebody else.")
    # (4)
    check_times(claims, now)
    return verified


@spends(Layer.CRYPTO)
def verify_signature(
    token: str,
    *,
    keys: Iterable[Mapping[str, Any]],
    expected_typ: str,
    needs_kid: bool = True,
    algorithms: Collection[str] = ALGORITHMS,
    is_strict: bool = True,
) -> VerifiedToken:
    """The claims of a token of which steps 1 and 2 of verify_jwt hold: for kinds of token that name no audience. Where it is not
    strict, the header may have members that nobody knows, as long as none is critical (RFC 7515, 4.1.11).

    1. It is a compact JWS in JSON whose header bears the expected `typ`.
    2. Its signature holds under the key of `keys` that its `kid` names, or, where no name is needed, under the only key given.
    """
    # (1)
    try:
        kinds = {_KINDS[alg] for alg in algorithms}
        imported = [JWKRegistry.import_key(dict(key)) for key in keys if key.get("kty") in kinds]
        registry = LargeHeaders(algorithms=list(algorithms), strict_check_header=is_strict)
        header = jws.extract_compact(token.encode(), registry=registry).headers()
        if header.get("typ") != expected_typ:
            raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
        if needs_kid and not isinstance(header.get("kid"), str):
            raise VerificationFailed("key", "token_kid", "The token does not name its key.")
        # (2)
        key = KeySet([*imported]) if needs_kid or len(imported) != 1 else imported[0]
        verified = jws.deserialize_compact(token, key, registry=registry)
        claims = json.loads(verified.payload)
    except (JoseError, ValueError) as error:
        raise VerificationFailed(
            "signature", "token_signature", "The token's signature does not hold.", reason=type(error).__name__
        ) from error
    if not isinstance(claims, dict):
        raise VerificationFailed("claims", "token_claims", "The token holds no claims.")
    return VerifiedToken(header=dict(header), claims=claims)


def check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Raise VerificationFailed (steps time, iat, exp) unless the token is valid now, as step 4 of verify_jwt has it."""
    issued_at, expires_at = (_find_seconds(claims, name) for name in ("iat", "exp"))
    if issued_at > (now + LEEWAY).timestamp():
        raise VerificationFailed("iat", "token_not_yet_valid", "The token is not valid yet.")
    if expires_at <= (now - LEEWAY).timestamp():
        raise VerificationFailed("exp", "token_expired", "The token has expired.")


def _find_seconds(claims: Mapping[str, Any], name: str) -> int:
    seconds = claims.get(name)
    if type(seconds) is int and 0 <= seconds <= LAST_SECOND:
        return seconds
    raise VerificationFailed("time", "token_time", "The token does not say when it is valid.")
