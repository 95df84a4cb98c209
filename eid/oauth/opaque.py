"""Opaque values: client secrets, codes and access tokens. They are handed out once; only their digests are kept.

They are 256 random bits, so a plain SHA-256 suffices: there is nothing to guess from a stolen digest. Pure.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64

_TO_URL = bytes.maketrans(b"+/", b"-_")


def digest_of(value: str) -> bytes:
    """The 32 bytes under which an opaque value is stored and found."""
    return hashlib.sha256(value.encode()).digest()


def encode_base64url(value: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return b2a_base64(value, newline=False).translate(_TO_URL, b"=").decode()
