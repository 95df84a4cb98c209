"""Documents that bear the public key they are signed by, and are believed because a verifier has pinned that key's thumbprint
(RFC 7638): trust lists and verifier packs. Pure.

A compact JWS bears one signature; while one key follows another, the JSON serialization of RFC 7515 (7.2.1) bears both.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.crypto.jwt import ALGORITHMS
from eid.crypto.keys import SigningKey
from eid.errors import VerificationFailed

MAX_SIGNATURES = 8


class LargeDocuments(jws.JWSRegistry):
    """joserfc reads 128,000 octets by itself; a pack brings status lists."""

    max_header_length = 16 * 1024
    max_payload_length = 1 << 25


def sign_pinned(claims: Mapping[str, Any], *, key: SigningKey, typ: str) -> str:
    """A compact JWS whose header bears the public key that whoever pinned its thumbprint needs."""
    public = {name: key.public_jwk()[name] for name in ("kty", "crv", "x", "y")}
    header = {"alg": key.alg, "typ": typ, "kid": key.kid, "jwk": public}
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(header, payload, key.jwk, registry=_registry())


def sign_pinned_by_several(claims: Mapping[str, Any], *, keys: Sequence[SigningKey], typ: str) -> str:
    """The same signed by each of these keys: general JWS JSON serialization (RFC 7515, 7.2.1)."""
    parts = [sign_pinned(claims, key=key, typ=typ).split(".") for key in keys]
    signatures = [{"protected": head, "signature": signature} for head, _payload, signature in parts]
    return json.dumps({"payload": parts[0][1], "signatures": signatures}, separators=(",", ":"))


def verify_pinned(text: str, *, typ: str, pinned: Collection[str] | None, max_bytes: int) -> Mapping[str, Any]:
    """The claims of a document of which all of this holds; else VerificationFailed with the step.

    1. It is a compact JWS, or one in JSON, of at most so many octets (step format), whose header bears this `typ` (typ).
    2. One of its signatures is by a key whose thumbprint is pinned (pin). None pinned means that the document itself is what its
       holder trusts, because of where it came from; then the first signature counts.
    3. That signature holds (signature).
    """
    # (1)
    for candidate in _split(text, max_bytes):
        key = _key_of(candidate, typ)
        # (2)
        if pinned is None or key.thumbprint() in pinned:
            # (3)
            return _verify_signature(candidate, key)
    raise VerificationFailed("pin", "trust_list_pin", "This is signed by no key that is pinned here.")


def _verify_signature(candidate: str, key: ECKey) -> Mapping[str, Any]:
    try:
        claims = json.loads(jws.deserialize_compact(candidate, key, registry=_registry()).payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise VerificationFailed(
            "signature", "token_signature", "The token's signature does not hold.", reason=type(error).__name__
        ) from error
    return claims if isinstance(claims, dict) else {}


def _split(text: str, max_bytes: int) -> list[str]:
    """The signatures of either serialization, each as a compact JWS."""
    if len(text) > max_bytes:
        raise _format("too large")
    if not text.lstrip().startswith("{"):
        return [text.strip()]
    try:
        document = json.loads(text)
        payload = document["payload"]
        found = [f"{each['protected']}.{payload}.{each['signature']}" for each in document["signatures"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _format(type(error).__name__) from error
    if not 1 <= len(found) <= MAX_SIGNATURES:
        raise _format("no signature, or too many")
    return found


def _key_of(candidate: str, typ: str) -> ECKey:
    try:
        header = jws.extract_compact(candidate.encode(), registry=_registry()).headers()
        if header.get("typ") != typ:
            raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
        public = header.get("jwk")
        if not isinstance(public, dict) or public.get("crv") != "P-256" or "d" in public:
            raise _format("no public key of P-256 in the header")
        return ECKey.import_key(public)
    except (JoseError, ValueError) as error:
        raise _format(type(error).__name__) from error


def _registry() -> LargeDocuments:
    return LargeDocuments(algorithms=list(ALGORITHMS))


def _format(reason: str) -> VerificationFailed:
    return VerificationFailed("format", "trust_list_malformed", "The trust list cannot be read.", reason=reason)
