"""Verifying a paper: its signature, and that it is meant for who verifies it and about who is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.samples.signatures import Keys, NotVerified, Step, check_expected, check_time, verify_signature, write_time


def verify_paper(
    token: str, kind: str, *, issuer: str, client_id: str, subject: str, keys: Keys, now: float
) -> tuple[Mapping[str, Any], tuple[Step, ...]]:
    """What the paper says, and what was checked. Raises NotVerified at the first step that does not hold.

    1. Its kind, key and signature hold, as in verify_signature.
    2. It says something of this kind.
    3. The service issued it: `iss`; it is meant for this service: `aud`; and about the person who signed in: `sub`.
    4. It is valid now: `iat`, `exp`.
    """
    # (1)
    header, claims = verify_signature(token, typ=f"eid-{kind}+jwt", keys=keys)
    # (2)
    content = claims.get(kind)
    if not isinstance(content, dict):
        raise NotVerified("content", "it says nothing of this kind")
    # (3)
    check_expected(claims, iss=issuer, aud=client_id, sub=subject)
    # (4)
    check_time(claims, now=now)
    return content, (
        Step("typ", header["typ"]),
        Step("key", header["kid"]),
        Step("signature", header["alg"]),
        Step("iss", claims["iss"]),
        Step("aud", claims["aud"]),
        Step("sub", claims["sub"]),
        Step("time", write_time(claims["exp"])),
    )
