"""Nonces that say themselves when they were made: nobody else can make one, and nothing is kept of them. Pure."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

from eid.crypto.jwt import LEEWAY
from eid.errors import VerificationFailed
from eid.oauth.opaque import encode_base64url

_MAC_BYTES = 16
_TIME_BYTES = 8


def build_nonce(label: str, *, secret: bytes, randomness: bytes, now: datetime) -> str:
    """A nonce for the one use that the label names."""
    content = int(now.timestamp()).to_bytes(_TIME_BYTES) + randomness
    return encode_base64url(content + _mac(label, secret, content))


def verify_nonce(nonce: object, label: str, *, secret: bytes, life: timedelta, now: datetime) -> None:
    """It was made here, for this use, and no longer ago than `life`; else VerificationFailed."""
    try:
        raw = urlsafe_b64decode(f"{nonce}==") if isinstance(nonce, str) else b""
    except ValueError:
        raw = b""
    content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(content) < _TIME_BYTES or not hmac.compare_digest(mac, _mac(label, secret, content)):
        raise VerificationFailed("nonce", "nonce_unknown", "The nonce was not made here.")
    age = now.timestamp() - int.from_bytes(content[:_TIME_BYTES])
    if not -LEEWAY.total_seconds() <= age <= life.total_seconds():
        raise VerificationFailed("nonce", "nonce_stale", "The nonce is too old.")


def _mac(label: str, secret: bytes, content: bytes) -> bytes:
    return hmac.new(secret, label.encode() + b"\x00" + content, hashlib.sha256).digest()[:_MAC_BYTES]
