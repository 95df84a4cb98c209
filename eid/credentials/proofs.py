"""Requests for credentials, and proofs that a wallet holds a key (OpenID4VCI 1.0, section 8.2 and appendix F.1). Pure.

One kind of proof is taken, a JWT that carries the holder's public key; attestations of keys are not.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.jwt import verify_signature
from eid.errors import OAuthError, VerificationFailed
from eid.oauth.nonces import verify_nonce

MAX_PROOFS = 8
"""Keys that one request may bind credentials to."""

PROOF_TYP = "openid4vci-proof+jwt"
PROOF_AGE = timedelta(minutes=5)
NONCE_LIFETIME = timedelta(minutes=5)
NONCE_LABEL = "openid4vci nonce"


@dataclass(frozen=True)
class CredentialRequest:
    configuration: str
    """A credential_configuration_id of the issuer's metadata."""
    proofs: tuple[str, ...]


def parse_credential_request(body: object) -> CredentialRequest:
    """What is asked for (section 8.2). Raises OAuthError with the error of section 8.3.1."""
    if not isinstance(body, Mapping):
        raise refused("invalid_credential_request", "The request is no JSON object.")
    identifier, configuration = body.get("credential_identifier"), body.get("credential_configuration_id")
    if (identifier is None) == (configuration is None):
        raise refused("invalid_credential_request", "Name one credential, by its configuration.")
    if identifier is not None:
        raise refused("unknown_credential_identifier", "No credential has this identifier.")
    if "credential_response_encryption" in body:
        raise refused("invalid_encryption_parameters", "Responses are not encrypted here.")
    proofs = body.get("proofs")
    if not isinstance(proofs, Mapping) or set(proofs) != {"jwt"} or not isinstance(proofs["jwt"], list):
        raise refused("invalid_proof", "Proofs of the holder's key are needed, all of type jwt.")
    if not 1 <= len(proofs["jwt"]) <= MAX_PROOFS or not all(isinstance(proof, str) for proof in proofs["jwt"]):
        raise refused("invalid_proof", "Send from one to eight proofs.")
    return CredentialRequest(str(configuration), tuple(proofs["jwt"]))


def verify_proof(
    proof: str, *, secret: bytes, expected_issuer: str, expected_client: str, now: datetime
) -> dict[str, Any]:
    """The public key that the proof proves, as a JSON Web Key (appendix F.1); else OAuthError.

    1. It is a JWT with `typ` openid4vci-proof+jwt, signed by the key in its header and naming no other.
    2. It is for this issuer, from this client where it says from whom, and made just now.
    3. Its nonce is one of ours, not too old (error invalid_nonce).
    """
    # (1)
    key = _find_key(_read_header(proof))
    try:
        claims = verify_signature(proof, keys=[key], expected_typ=PROOF_TYP, needs_kid=False).claims
    except VerificationFailed as failure:
        raise refused("invalid_proof", "The proof of the holder's key does not hold.", failure.code) from failure
    # (2)
    made_at = claims.get("iat")
    if claims.get("aud") != expected_issuer or claims.get("iss", expected_client) != expected_client:
        raise refused("invalid_proof", "The proof is meant for somebody else.")
    if not isinstance(made_at, int) or abs(now.timestamp() - made_at) > PROOF_AGE.total_seconds():
        raise refused("invalid_proof", "The proof was not made just now.")
    # (3)
    check_nonce(claims.get("nonce"), secret=secret, now=now)
    return key


def check_nonce(nonce: object, *, secret: bytes, now: datetime) -> None:
    """Raise OAuthError: invalid_nonce unless this nonce is ours and at most five minutes old (section 7)."""
    try:
        verify_nonce(nonce, NONCE_LABEL, secret=secret, life=NONCE_LIFETIME, now=now)
    except VerificationFailed as failure:
        raise refused("invalid_nonce", "Fetch a new nonce and prove the key with it.", failure.code) from failure


def refused(error: str, detail: str, reason: str = "") -> OAuthError:
    """A refusal in the form of OpenID4VCI, section 8.3.1."""
    return OAuthError(error, detail, reason=reason)


def _read_header(proof: str) -> Mapping[str, Any]:
    """The header as it stands there, believed by nobody."""
    part = proof.split(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as error:
        raise refused("invalid_proof", "The proof of the holder's key cannot be read.") from error
    return header if isinstance(header, dict) else {}


def _find_key(header: Mapping[str, Any]) -> dict[str, Any]:
    """The public half alone, so that nothing else of the header gets into a credential."""
    key = header.get("jwk")
    if not isinstance(key, dict) or {"kid", "x5c"} & header.keys():
        raise refused("invalid_proof", "The proof must carry the holder's key, and name no other.")
    if key.get("kty") != "EC" or key.get("crv") != "P-256" or "d" in key:
        raise refused("invalid_proof", "The holder's key must be a public key on P-256.")
    if not isinstance(key.get("x"), str) or not isinstance(key.get("y"), str):
        raise refused("invalid_proof", "The holder's key must be a public key on P-256.")
    return {name: key[name] for name in ("kty", "crv", "x", "y")}
