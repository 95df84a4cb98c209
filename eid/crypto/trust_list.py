"""A signed list of whom to believe (eid.crypto.trust_entries), which a verifier pins once. Pure; fetching it is nobody's business
here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from eid.crypto.jwt import LEEWAY
from eid.crypto.keys import SigningKey
from eid.crypto.pinned import sign_pinned, sign_pinned_by_several, verify_pinned
from eid.crypto.trust_entries import TrustList, read_trust_list, write_trust_list
from eid.errors import VerificationFailed

TYP = "eid-trust-list+jwt"
MEDIA_TYPE = "application/eid-trust-list+jwt"
JSON_MEDIA_TYPE = "application/jose+json"
MAX_BYTES = 1 << 21
STEPS = ("format", "typ", "pin", "signature", "iss", "content", "time", "sequence")
"""In the order in which they are taken."""


def build_trust_list(content: TrustList, *, key: SigningKey) -> str:
    """The list as a compact JWS."""
    return sign_pinned(write_trust_list(content), key=key, typ=TYP)


def build_trust_list_of_several(content: TrustList, *, keys: Sequence[SigningKey]) -> str:
    """The list signed by each of these keys, in JSON."""
    return sign_pinned_by_several(write_trust_list(content), keys=keys, typ=TYP)


def verify_trust_list(
    text: str,
    *,
    pinned: Collection[str] | None,
    now: datetime,
    expected_issuer: str | None = None,
    last_sequence: int = 0,
) -> TrustList:
    """The list of which all of this holds; else VerificationFailed with the step.

    1. It is a signed document of `typ` eid-trust-list+jwt and at most 2 MiB, by a key that is pinned: steps format, typ, pin,
       signature (eid.crypto.pinned).
    2. It is of the expected issuer, where one is expected (iss).
    3. It can be read (content): a list that is understood in part would hide what was withdrawn.
    4. It was issued in the past, and its next update is in the future (time).
    5. It is no older than the last one that was seen (sequence).
    """
    # (1)
    claims = verify_pinned(text, typ=TYP, pinned=pinned, max_bytes=MAX_BYTES)
    # (2)
    if expected_issuer is not None and claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The trust list was issued by somebody else.")
    # (3)
    content = read_trust_list(claims)
    # (4)
    if content.issued_at > now + LEEWAY:
        raise VerificationFailed("time", "trust_list_time", "The trust list is not valid yet.")
    if content.next_update <= now - LEEWAY:
        raise VerificationFailed("time", "trust_list_expired", "The trust list is out of date; fetch a fresh one.")
    # (5)
    if content.sequence < last_sequence:
        raise VerificationFailed("sequence", "trust_list_sequence", "The trust list is older than one that was seen.")
    return content
