"""A signed list of whom to believe (eid.crypto.trust_entries), which a verifier pins once. Pure; fetching it is nobody's business
here.

A compact JWS bears one signature; while one key follows another, the JSON serialization of RFC 7515 (7.2.1) bears both, so that
whoever has pinned either can verify it, and finds the other in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.crypto.jwt import ALGORITHMS, LEEWAY, LargeHeaders
from eid.crypto.keys import SigningKey
from eid.crypto.trust_entries import TrustList, read_trust_list, write_trust_list
from eid.errors import VerificationFailed

TYP = "eid-trust-list+jwt"
MEDIA_TYPE = "application/eid-trust-list+jwt"
JSON_MEDIA_TYPE = "application/jose+json"
MAX_BYTES = 1 << 21
STEPS = ("format", "typ", "pin", "signature", "iss", "content", "time", "sequence")
"""In the order in which they are taken."""


def build_trust_list(content: TrustList, *, key: SigningKey) -> str:
    """The list as a compact JWS, whose header bears the public key that whoever pinned its thumbprint needs."""
    return jws.serialize_compact(_header(key), _write(content), key.jwk, registry=_registry())


def build_trust_list_of_several(content: TrustList, *, keys: Sequence[SigningKey]) -> str:
    """The list signed by each of these keys: general JWS JSON serialization (RFC 7515, 7.2.1)."""
    parts = [build_trust_list(content, key=key).split(".") for key in keys]
    signatures = [{"protected": head, "signature": signature} for head, _payload, signature in parts]
    return json.dumps({"payload": parts[0][1], "signatures": signatures}, separators=(",", ":"))


def verify_trust_list(
    text: str,
    *,
    pinned: Collection[str] | None,
    now: datetime,
    expected_issuer: str | None = None,
    last_sequence: int = 0,
) -> TrustList:
    """The list of which all of this holds; else VerificationFailed with the step.

    1. It is a compact JWS, or one in JSON, of at most 2 MiB (step format), whose header bears `typ` eid-trust-list+jwt (typ).
    2. One of its signatures is by a key whose thumbprint is pinned (pin). None pinned means that the list itself is what its
       holder trusts, because of where it came from; then each signature counts.
    3. That signature holds (signature).
    4. It is of the expected issuer, where one is expected (iss).
    5. It can be read (content): a list that is understood in part would hide what was withdrawn.
    6. It was issued in the past, and its next update is in the future (time).
    7. It is no older than the last one that was seen (sequence).
    """
    # (1)
    candidates = _split(text)
    # (2) (3)
    claims = _verify_signature(candidates, pinned)
    # (4)
    if expected_issuer is not None and claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The trust list was issued by somebody else.")
    # (5)
    content = read_trust_list(claims)
    # (6)
    if content.issued_at > now + LEEWAY:
        raise VerificationFailed("time", "trust_list_time", "The trust list is not valid yet.")
    if content.next_update <= now - LEEWAY:
        raise VerificationFailed("time", "trust_list_expired", "The trust list is out of date; fetch a fresh one.")
    # (7)
    if content.sequence < last_sequence:
        raise VerificationFailed("sequence", "trust_list_sequence", "The trust list is older than one that was seen.")
    return content


def _header(key: SigningKey) -> dict[str, Any]:
    public = {name: key.public_jwk()[name] for name in ("kty", "crv", "x", "y")}
    return {"alg": key.alg, "typ": TYP, "kid": key.kid, "jwk": public}


def _registry() -> LargeHeaders:
    return LargeHeaders(algorithms=list(ALGORITHMS))


def _write(content: TrustList) -> bytes:
    return json.dumps(write_trust_list(content), separators=(",", ":"), ensure_ascii=False).encode()


def _split(text: str) -> list[str]:
    """The signatures of either serialization, each as a compact JWS."""
    if len(text) > MAX_BYTES:
        raise _format("too large")
    if not text.lstrip().startswith("{"):
        return [text.strip()]
    try:
        document = json.loads(text)
        payload = document["payload"]
        found = [f"{each['protected']}.{payload}.{each['signature']}" for each in document["signatures"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _format(type(error).__name__) from error
    if not 1 <= len(found) <= 8:
        raise _format("no signature, or too many")
    return found


def _verify_signature(candidates: Sequence[str], pinned: Collection[str] | None) -> Mapping[str, Any]:
    for candidate in candidates:
        key = _key_of(candidate)
        if pinned is not None and key.thumbprint() not in pinned:
            continue
        try:
            claims = json.loads(jws.deserialize_compact(candidate, key, registry=_registry()).payload)
        except (JoseError, ValueError, RecursionError) as error:
            raise VerificationFailed(
                "signature", "token_signature", "The token's signature does not hold.", reason=type(error).__name__
            ) from error
        return claims if isinstance(claims, dict) else {}
    raise VerificationFailed("pin", "trust_list_pin", "The trust list is signed by no key that is pinned here.")


def _key_of(candidate: str) -> ECKey:
    try:
        header = jws.extract_compact(candidate.encode(), registry=_registry()).headers()
        if header.get("typ") != TYP:
            raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
        public = header.get("jwk")
        if not isinstance(public, dict) or public.get("crv") != "P-256" or "d" in public:
            raise _format("no public key of P-256 in the header")
        return ECKey.import_key(public)
    except (JoseError, ValueError) as error:
        raise _format(type(error).__name__) from error


def _format(reason: str) -> VerificationFailed:
    return VerificationFailed("format", "trust_list_malformed", "The trust list cannot be read.", reason=reason)
