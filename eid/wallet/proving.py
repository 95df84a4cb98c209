"""Proofs of the keys that credentials are to be bound to (OpenID4VCI 1.0, appendix F.1). Pure."""

from __future__ import annotations

import json
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws

from eid.crypto.keys import SigningKey

TYP = "openid4vci-proof+jwt"


def build_proof(key: SigningKey, *, audience: str, nonce: str, now: datetime) -> str:
    """A JWT that only the holder of the key can make, for this issuer and this nonce."""
    public = {name: value for name, value in key.public_jwk().items() if name in ("kty", "crv", "x", "y")}
    claims = {"aud": audience, "iat": int(now.timestamp()), "nonce": nonce}
    return jws.serialize_compact({"alg": "ES256", "typ": TYP, "jwk": public}, json.dumps(claims).encode(), key.jwk)


def public_numbers(key: SigningKey) -> ec.EllipticCurvePublicKey:
    public = key.private_key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return public
