"""DPoP proofs: whoever sends a request holds a key (RFC 9449). Pure; that no proof counts twice is kept by eid.oauth.proofs."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from eid.crypto.jwks import PublicKey, parse_jwk_set, read_unverified_header, verify_jws
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.nonces import verify_nonce
from eid.oauth.opaque import encode_base64url

TYP = "dpop+jwt"
ALGORITHMS = ("PS256", "ES256", "EdDSA", "Ed25519")
"""FAPI 2.0 Security Profile, section 5.4.1."""
NONCE_LABEL = "dpop nonce"
NONCE_LIFE = timedelta(minutes=5)
PROOF_AGE = timedelta(seconds=60)
"""How long ago a proof without a nonce may have been made."""
PROOF_AHEAD = timedelta(seconds=30)
"""By how much the clock of who made it may be ahead of ours."""
PROOF_KEPT = NONCE_LIFE + PROOF_AGE
"""For as long might any proof be accepted again, were it not remembered."""
MAX_JTI = 256

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@frozen
class ShownProofs:
    """What a request shows, unverified: the values of its DPoP header fields, and what they must be about."""

    proofs: tuple[str, ...]
    method: str
    uri: str
    """Where the request was sent to as the world names it, whatever a proxy made of it."""


@frozen
class VerifiedProof:
    jkt: str
    """The RFC 7638 thumbprint of the key, as `cnf.jkt` and `dpop_jkt` have it."""
    digest: bytes
    """Of key and `jti`: under it the proof is remembered."""


def verify_dpop_proof(
    shown: ShownProofs,
    *,
    nonce_secret: bytes,
    needs_nonce: bool,
    now: datetime,
    access_token: str | None = None,
) -> VerifiedProof:
    """What a request's one proof proves (RFC 9449, section 4.3); else VerificationFailed with the step.

    1. There is exactly one DPoP header field.
    2. It holds one well-formed JWT.
    3. Everything is there that must be: jti, htm, htu, iat, with an access token ath.
    4. Its `typ` is dpop+jwt.
    5. Its `alg` is asymmetric and one of ours.
    6. The signature holds under the key in its header.
    7. That key is a public one.
    8. `htm` is the method of the request.
    9. `htu` is the address of the request, without query and fragment.
    10. Its nonce, where there is or has to be one, is ours and fresh (code use_dpop_nonce).
    11. Without a nonce, it was made just now. A nonce bears our own time, so with one the client's clock says nothing more
        (section 11.1). Where it bounds itself by `nbf` or `exp`, it is within these bounds.
    12. `ath` is the hash of the access token that comes with it.
    """
    # (1)
    if len(shown.proofs) != 1:
        raise _failed("header", "Send one DPoP proof.")
    # (2)
    proof = shown.proofs[0]
    try:
        header = read_unverified_header(proof)
        # (4)
        if header.get("typ") != TYP:
            raise _failed("typ", "The proof is a token of another kind.")
        # (7)
        key = _read_key(header)
        # (5) (6)
        claims = verify_jws(proof, keys=[key], algorithms=ALGORITHMS).claims
    except VerificationFailed as failure:
        raise _failed(failure.step, failure.detail, failure.reason) from failure
    # (3)
    _check_complete(claims, has_token=access_token is not None)
    # (8)
    if claims["htm"] != shown.method:
        raise _failed("htm", "The proof is for another method.")
    # (9)
    if normalise_htu(claims["htu"]) != normalise_htu(shown.uri):
        raise _failed("htu", "The proof is for another address.")
    # (10)
    if needs_nonce or "nonce" in claims:
        _check_nonce(claims.get("nonce"), nonce_secret, now)
    # (11)
    _check_times(claims, now)
    # (12)
    if access_token is not None and not hmac.compare_digest(claims["ath"].encode(), hash_of(access_token).encode()):
        raise _failed("ath", "The proof is for another access token.")
    jkt = key.jwk.thumbprint()
    return VerifiedProof(jkt=jkt, digest=hashlib.sha256(f"{jkt}\x00{claims['jti']}".encode()).digest())


def hash_of(access_token: str) -> str:
    """The `ath` of a token (section 4.2)."""
    return encode_base64url(hashlib.sha256(access_token.encode()).digest())


def normalise_htu(uri: str) -> str | None:
    """An address without query and fragment, in the one form of RFC 3986, sections 6.2.2 and 6.2.3; None for what is none."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if not scheme or not host or "@" in parts.netloc:
        return None
    named = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    return f"{scheme}://{host}{named}{_ESCAPE.sub(_normalise_escape, parts.path) or '/'}"


def _read_key(header: Mapping[str, Any]) -> PublicKey:
    """The key that the proof brings along. A `kid` beside it names nothing else (section 4.2)."""
    try:
        found = parse_jwk_set({"keys": [header.get("jwk")]})
    except Malformed as malformed:
        raise _failed("jwk", "The proof's key is no public key that is accepted.", malformed.code) from malformed
    if len(found) != 1:
        raise _failed("jwk", "The proof's key is no public key that is accepted.", "kind")
    return replace(found[0], kid=header.get("kid"))


def _normalise_escape(found: re.Match[str]) -> str:
    """Escapes of characters that need none are those characters; all others are in capitals."""
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _check_complete(claims: Mapping[str, Any], *, has_token: bool) -> None:
    texts = ["jti", "htm", "htu", *(["ath"] if has_token else [])]
    for name in texts:
        value = claims.get(name)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise _failed("claims", f"The proof lacks {name}.")
    if len(claims["jti"]) > MAX_JTI:
        raise _failed("claims", "The proof's jti is too long.")
    if not is_time(claims.get("iat")):
        raise _failed("claims", "The proof lacks iat.")


def _check_nonce(nonce: object, secret: bytes, now: datetime) -> None:
    try:
        verify_nonce(nonce, NONCE_LABEL, secret=secret, life=NONCE_LIFE, now=now)
    except VerificationFailed as failure:
        raise VerificationFailed(
            "nonce", "use_dpop_nonce", "Make the proof with the nonce of this answer.", reason=failure.code
        ) from failure


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    seconds = now.timestamp()
    ahead = seconds + PROOF_AHEAD.total_seconds()
    if "nonce" not in claims and not seconds - PROOF_AGE.total_seconds() <= claims["iat"] <= ahead:
        raise _failed("iat", "The proof was not made just now.")
    if "nbf" in claims and not (is_time(claims["nbf"]) and claims["nbf"] <= ahead):
        raise _failed("nbf", "The proof is not valid yet.")
    if "exp" in claims and not (is_time(claims["exp"]) and claims["exp"] > seconds - PROOF_AHEAD.total_seconds()):
        raise _failed("exp", "The proof has expired.")


def is_time(value: object) -> bool:
    """Whether this is a NumericDate (RFC 7519, section 2); JSON's true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _failed(step: str, detail: str, reason: str = "") -> VerificationFailed:
    return VerificationFailed(step, "invalid_dpop_proof", detail, reason=reason)
