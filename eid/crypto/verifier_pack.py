"""A verifier pack: all that one audience needs to verify credentials without a network, in one signed file. Pure.

It holds the trust list and the status lists as they were when it was made, each signed for itself, and what each type of
credential says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from eid.crypto.jwt import LEEWAY
from eid.crypto.keys import SigningKey
from eid.crypto.pinned import sign_pinned, verify_pinned
from eid.crypto.trust_entries import TrustList
from eid.crypto.trust_list import verify_trust_list
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

TYP = "eid-verifier-pack+jwt"
MEDIA_TYPE = "application/eid-verifier-pack+jwt"
MAX_BYTES = 1 << 24


@frozen
class VerifierPack:
    issuer: str
    audience: str
    issued_at: datetime
    expires_at: datetime
    trust_list: str
    """Signed (eid.crypto.trust_list)."""
    status_lists: Mapping[str, str]
    """Address → status list token, as of `issued_at`."""
    types: Mapping[str, Any]
    """`vct` → type metadata (SD-JWT VC, section 6)."""


def build_verifier_pack(pack: VerifierPack, *, key: SigningKey) -> str:
    """The pack as a compact JWS by a key of the trust list."""
    claims = {
        "iss": pack.issuer,
        "aud": pack.audience,
        "iat": int(pack.issued_at.timestamp()),
        "exp": int(pack.expires_at.timestamp()),
        "trust_list": pack.trust_list,
        "status_lists": dict(pack.status_lists),
        "types": dict(pack.types),
    }
    return sign_pinned(claims, key=key, typ=TYP)


def verify_verifier_pack(
    text: str, *, pinned: Collection[str] | None, now: datetime, expected_audience: str | None = None
) -> tuple[VerifierPack, TrustList]:
    """The pack of which all of this holds, and its trust list; else VerificationFailed with the step.

    1. It is a signed document of `typ` eid-verifier-pack+jwt and at most 16 MiB, by a key that is pinned: steps format, typ, pin,
       signature (eid.crypto.pinned).
    2. It can be read (content), is for the expected audience, where one is expected (aud), and is valid now (time).
    3. The trust list in it holds: the same pins, the same issuer (steps of eid.crypto.trust_list).
    """
    # (1)
    claims = verify_pinned(text, typ=TYP, pinned=pinned, max_bytes=MAX_BYTES)
    # (2)
    pack = _read(claims)
    if expected_audience is not None and pack.audience != expected_audience:
        raise VerificationFailed("aud", "token_audience", "The pack was made for somebody else.")
    if not pack.issued_at - LEEWAY <= now < pack.expires_at + LEEWAY:
        raise VerificationFailed("time", "pack_expired", "The pack is out of date; fetch a fresh one.")
    # (3)
    trust_list = verify_trust_list(pack.trust_list, pinned=pinned, now=now, expected_issuer=pack.issuer)
    return pack, trust_list


def _read(claims: Mapping[str, Any]) -> VerifierPack:
    texts = [claims.get(name) for name in ("iss", "aud", "trust_list")]
    times = [claims.get(name) for name in ("iat", "exp")]
    lists, types = claims.get("status_lists"), claims.get("types")
    if not all(isinstance(text, str) and text for text in texts):
        raise _malformed("a text")
    if not all(type(time) is int and 0 <= time < 1 << 34 for time in times):
        raise _malformed("a time")
    if not isinstance(lists, dict) or not all(isinstance(each, str) for each in lists.values()):
        raise _malformed("status lists")
    if not isinstance(types, dict):
        raise _malformed("types")
    issuer, audience, trust_list = map(str, texts)
    issued_at, expires_at = (datetime.fromtimestamp(int(time or 0), UTC) for time in times)
    return VerifierPack(issuer, audience, issued_at, expires_at, trust_list, lists, types)


def _malformed(reason: str) -> VerificationFailed:
    return VerificationFailed("content", "pack_malformed", "The pack cannot be read.", reason=reason)
