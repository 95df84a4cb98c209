"""Nonces that say themselves when they were made: nobody else can make one, and nothing is kept of them. Pure."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

from eid.crypto.disclosures import encode
from eid.crypto.jwt import LEEWAY
from eid.errors import VerificationFailed

_MAC_BYTES = 16
_TIME_BYTES = 8


def build_nonce(label: str, *, secret: bytes, randomness: bytes, now: datetime) -> str:
    """A nonce for the one use that the label names; it bears the randomness, which is no secret."""
    content = int(now.timestamp()).to_bytes(_TIME_BYTES) + randomness
    return encode(content + _mac(label, secret, content))


def verify_nonce(nonce: object, label: str, *, secret: bytes, life: timedelta, now: datetime) -> bytes:
    """The randomness of a nonce that was made here, for this use, and no longer ago than `life`; else VerificationFailed:
    nonce_unknown, nonce_stale.

    It is spelled as it was made: who looks whether it was used before may look for its text.
    """
    try:
        raw = urlsafe_b64decode(f"{nonce}==") if isinstance(nonce, str) else b""
    except ValueError:
        raw = b""
    content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    is_ours = len(content) >= _TIME_BYTES and hmac.compare_digest(mac, _mac(label, secret, content))
    if not is_ours or encode(raw) != nonce:
        raise VerificationFailed("nonce", "nonce_unknown", "The nonce was not made here.")
    age = now.timestamp() - int.from_bytes(content[:_TIME_BYTES])
    if not -LEEWAY.total_seconds() <= age <= life.total_seconds():
        raise VerificationFailed("nonce", "nonce_stale", "The nonce is too old.")
    return content[_TIME_BYTES:]


def _mac(label: str, secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, label.encode() + b"\x00" + content, "sha256")[:_MAC_BYTES]
