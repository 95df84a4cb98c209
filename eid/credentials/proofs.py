"""Proofs that a wallet holds keys (OpenID4VCI 1.0, appendix F): JWTs by these keys, or a wallet provider's word for them.
Pure."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509

from eid.credentials.wallet_requests import MAX_PROOFS, CredentialRequest, ProofType, refused
from eid.crypto.jwt import verify_signature
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.attestations import verify_key_attestation
from eid.oauth.nonces import verify_nonce

PROOF_TYP = "openid4vci-proof+jwt"
PROOF_AGE = timedelta(minutes=5)
NONCE_LIFETIME = timedelta(minutes=5)
NONCE_LABEL = "openid4vci nonce"


@frozen
class Judge:
    """What proofs are judged by."""

    secret: bytes = field(repr=False)
    """Of our nonces."""
    issuer: str
    client_id: str
    anchors: Sequence[x509.Certificate]
    """Whose word on keys is believed."""
    now: datetime


def verify_proofs(request: CredentialRequest, judge: Judge) -> list[dict[str, Any]]:
    """The public keys that the request proves, each once, as JSON Web Keys; else OAuthError: invalid_proof, invalid_nonce.

    A proof that bears an attestation stands for all the keys of that attestation (appendix F.1).
    """
    if request.proof_type is ProofType.ATTESTATION:
        keys = verify_attestation_proof(request.proofs[0], judge)
    else:
        keys = [key for proof in request.proofs for key in verify_proof(proof, judge)]
    if len({(key["x"], key["y"]) for key in keys}) != len(keys):
        raise refused("invalid_proof", "Each proof must prove another key.")
    if len(keys) > MAX_PROOFS:
        raise refused("invalid_proof", "Credentials are given for eight keys at a time.")
    return keys


def verify_proof(proof: str, judge: Judge) -> list[dict[str, Any]]:
    """The public keys for which the proof stands, its own first (appendix F.1); else OAuthError.

    1. It is a JWT with `typ` openid4vci-proof+jwt, signed by the key in its header and naming no other.
    2. It is for this issuer, from this client where it says from whom, and made just now.
    3. Its nonce is one of ours, not too old (error invalid_nonce).
    4. An attestation that it bears holds, and attests its key.
    """
    # (1)
    header = _read_header(proof)
    key = _find_key(header)
    try:
        claims = verify_signature(proof, keys=[key], expected_typ=PROOF_TYP, needs_kid=False, is_strict=False).claims
    except VerificationFailed as failure:
        raise refused("invalid_proof", "The proof of the holder's key does not hold.", failure.code) from failure
    # (2)
    made_at = claims.get("iat")
    if claims.get("aud") != judge.issuer or claims.get("iss", judge.client_id) != judge.client_id:
        raise refused("invalid_proof", "The proof is meant for somebody else.")
    if not isinstance(made_at, int) or abs(judge.now.timestamp() - made_at) > PROOF_AGE.total_seconds():
        raise refused("invalid_proof", "The proof was not made just now.")
    # (3)
    check_nonce(claims.get("nonce"), secret=judge.secret, now=judge.now)
    # (4)
    return _add_attested(key, header.get("key_attestation"), judge)


def verify_attestation_proof(proof: str, judge: Judge) -> list[dict[str, Any]]:
    """The keys that a wallet provider attests, with a nonce of ours (appendix F.3); else OAuthError."""
    claims, keys = _verify_attestation(proof, judge)
    check_nonce(claims.get("nonce"), secret=judge.secret, now=judge.now)
    return keys


def check_nonce(nonce: object, *, secret: bytes, now: datetime) -> None:
    """Raise OAuthError: invalid_nonce unless this nonce is ours and at most five minutes old (section 7)."""
    try:
        verify_nonce(nonce, NONCE_LABEL, secret=secret, life=NONCE_LIFETIME, now=now)
    except VerificationFailed as failure:
        raise refused("invalid_nonce", "Fetch a new nonce and prove the key with it.", failure.code) from failure


def _add_attested(key: dict[str, Any], attestation: object, judge: Judge) -> list[dict[str, Any]]:
    if attestation is None:
        return [key]
    if not isinstance(attestation, str):
        raise refused("invalid_proof", "The key_attestation of a proof is a JWT.")
    _claims, attested = _verify_attestation(attestation, judge)
    if key not in attested:
        raise refused("invalid_proof", "The attestation does not attest the key of the proof.")
    return [key, *(one for one in attested if one != key)]


def _verify_attestation(token: str, judge: Judge) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    try:
        claims, keys = verify_key_attestation(token, anchors=judge.anchors, now=judge.now)
    except VerificationFailed as failure:
        raise refused("invalid_proof", "The attestation of the holder's keys does not hold.", failure.code) from failure
    return claims, [_public(key) for key in keys]


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
    if not isinstance(key, dict) or {"kid", "x5c", "crit"} & header.keys():
        raise refused("invalid_proof", "The proof must carry the holder's key, and name no other.")
    if key.get("kty") != "EC" or key.get("crv") != "P-256" or "d" in key:
        raise refused("invalid_proof", "The holder's key must be a public key on P-256.")
    if not isinstance(key.get("x"), str) or not isinstance(key.get("y"), str):
        raise refused("invalid_proof", "The holder's key must be a public key on P-256.")
    return _public(key)


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("kty", "crv", "x", "y")}
