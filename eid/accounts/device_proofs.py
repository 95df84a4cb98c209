"""What a phone signs, and whether it holds: its key, and the proof that comes with each thing it asks or decides. Pure.

A proof is a compact JWS (RFC 7515, ES256) of type `eid-device-<act>+jwt`, so that no proof of one act passes for another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.crypto.jwt import verify_signature
from eid.errors import Malformed, VerificationFailed

PROOF_LIFE = timedelta(seconds=60)
"""How far a phone's clock may be from ours, and how long a proof is good."""

_PUBLIC = ("crv", "kty", "x", "y")


def parse_device_key(jwk: Mapping[str, Any]) -> bytes:
    """The public key of a phone as it is stored: its JWK of P-256 with nothing but what is public (RFC 7638, section 3.2).

    Raises Malformed where it is another kind of key, or holds a private one.
    """
    if "d" in jwk:
        raise Malformed(
            "device_key_private", "The private key must never leave the phone.", fields={"public_key": ["d"]}
        )
    try:
        key = ECKey.import_key({name: str(jwk[name]) for name in _PUBLIC})
        is_p256 = key.curve_name == "P-256"
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _malformed(type(error).__name__) from error
    if not is_p256:
        raise _malformed("another curve")
    return json.dumps({name: jwk[name] for name in _PUBLIC}, separators=(",", ":")).encode()


def verify_device_proof(
    proof: str, *, public_key: bytes, act: str, expected_audience: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of a proof of which all of this holds; else VerificationFailed with the step.

    1. It is a JWS of this act's type, signed with the phone's key.
    2. It is meant for this service.
    3. It was made within the last minute.
    """
    # (1)
    verified = verify_signature(
        proof, keys=[json.loads(public_key)], expected_typ=f"eid-device-{act}+jwt", needs_kid=False
    )
    claims = verified.claims
    # (2)
    if claims.get("aud") != expected_audience:
        raise VerificationFailed("aud", "device_proof_audience", "The phone's proof is meant for somebody else.")
    # (3)
    made_at = claims.get("iat")
    if not isinstance(made_at, int | float) or not abs(now.timestamp() - made_at) <= PROOF_LIFE.total_seconds():
        raise VerificationFailed("time", "device_proof_time", "The phone's clock is wrong, or its proof is too old.")
    return claims


def _malformed(reason: str) -> Malformed:
    fields = {"public_key": ["malformed"]}
    return Malformed("device_key", "A phone's key is a public JWK on the curve P-256.", reason=reason, fields=fields)
