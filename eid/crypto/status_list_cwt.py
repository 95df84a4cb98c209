"""Token Status List (draft-ietf-oauth-status-list-20) in its CBOR and CWT forms (sections 4.3, 5.2, 6.3): what
eid.crypto.status_list is for JSON. Fetching a list is not here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.cbor import Cbor, Tag, build_cbor, parse_cbor
from eid.crypto.cose import ALG, ES256, KID, SIGN1, TYP, X5CHAIN, build_sign1, parse_sign1, verify_sign1
from eid.crypto.keys import SigningKey
from eid.crypto.status_list import (
    StatusList,
    VerifiedStatusList,
    check_list_times,
    compress_statuses,
    unpack_statuses,
)
from eid.errors import Malformed, VerificationFailed

MEDIA_TYPE = "application/statuslist+cwt"
SUB, EXP, IAT, TTL, STATUS_LIST = 2, 4, 6, 65534, 65533
"""Claims of a CWT (RFC 8392, 4; draft, section 14.4)."""
MAX_TOKEN_BYTES = 1 << 25


def build_status_list_cbor(statuses: StatusList) -> dict[str, Cbor]:
    """The `status_list` claim: `bits` and `lst` (section 4.3)."""
    return {"bits": statuses.bits, "lst": compress_statuses(statuses)}


def parse_status_list_cbor(claim: Cbor) -> StatusList:
    """The inverse of build_status_list_cbor. Raises VerificationFailed (step status_list) for anything else."""
    bits, lst = (claim.get("bits"), claim.get("lst")) if isinstance(claim, dict) else (None, None)
    return unpack_statuses(bits, lst if isinstance(lst, bytes) else b"")


def build_status_list_cwt(
    statuses: StatusList,
    *,
    uri: str,
    now: datetime,
    lifetime: timedelta,
    time_to_live: timedelta,
    key: SigningKey,
    certificate: bytes | None = None,
) -> bytes:
    """A status list token, a COSE_Sign1 with its tag (section 5.2); `sub` is its own address. It brings the key's certificate,
    DER, where there is one."""
    claims = {
        SUB: uri,
        IAT: int(now.timestamp()),
        EXP: int((now + lifetime).timestamp()),
        TTL: int(time_to_live.total_seconds()),
        STATUS_LIST: build_status_list_cbor(statuses),
    }
    assert isinstance(key.private_key, ec.EllipticCurvePrivateKey)
    signed = build_sign1(
        build_cbor(claims),
        key=key.private_key,
        protected={ALG: ES256, TYP: MEDIA_TYPE},
        unprotected={KID: key.kid.encode(), **({} if certificate is None else {X5CHAIN: certificate})},
    )
    return bytes([0xC0 | SIGN1]) + signed


def verify_status_list_cwt(
    token: bytes, *, keys: Mapping[str, ec.EllipticCurvePublicKey], expected_uri: str, now: datetime
) -> VerifiedStatusList:
    """A status list of which all of this holds (section 8.3); else VerificationFailed with the step.

    1. It is a COSE_Sign1 with its tag whose protected `typ` is application/statuslist+cwt (step typ).
    2. Its signature holds under the key of `keys` that its `kid` names (steps key, signature).
    3. Its `sub` is exactly the address that the token gave (step status_uri).
    4. `iat` is there and not in the future; `exp` not past; `ttl` positive, where they are there (step status_time).
    5. Its list can be unpacked (step status_list).
    """
    # (1)
    try:
        value = parse_cbor(token, max_bytes=MAX_TOKEN_BYTES)
        sign1 = parse_sign1(value)
        claims = parse_cbor(sign1.payload or b"", max_bytes=MAX_TOKEN_BYTES)
    except Malformed as refusal:
        raise _failure("structure", refusal.code, refusal.detail, refusal.reason) from refusal
    if not isinstance(value, Tag) or not isinstance(claims, dict):
        raise _failure("structure", "cose_malformed", "This is no status list token.")
    if sign1.protected.get(TYP) != MEDIA_TYPE:
        raise _failure("typ", "token_typ", "The token is of another kind.")
    # (2)
    name: Any = sign1.protected.get(KID, sign1.unprotected.get(KID))
    key = keys.get(name.decode(errors="replace")) if isinstance(name, bytes) else None
    if key is None:
        raise _failure("key", "key_unknown", "The token is signed by a key that is not trusted.")
    verify_sign1(sign1, key, step="signature", code="token_signature")
    # (3)
    if claims.get(SUB) != expected_uri:
        raise _failure("status_uri", "status_list_uri", "The status list is another one.")
    # (4)
    times = check_list_times({"iat": claims.get(IAT), "exp": claims.get(EXP), "ttl": claims.get(TTL)}, now)
    # (5)
    return VerifiedStatusList(expected_uri, parse_status_list_cbor(claims.get(STATUS_LIST)), *times)


def _failure(step: str, code: str, detail: str, reason: str = "") -> VerificationFailed:
    return VerificationFailed(step, code, detail, reason=reason)
