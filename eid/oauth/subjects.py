"""Pairwise identifiers (OpenID Connect Core, section 8.1): what one service learns of a person says nothing to another.

Each is an HMAC under a secret that never leaves the key store, so nobody can compute it from a PIN. Pure.
"""

from __future__ import annotations

import hmac
import uuid
from functools import lru_cache

from eid.oauth.opaque import encode_base64url


def build_subject(secret: bytes, *, sector: str, person_id: int) -> str:
    """The `sub` of a person at every client of this sector: 43 characters, the same at each sign-in."""
    return encode_base64url(_mac(secret, "sub", sector, str(person_id)))


def build_session_identifier(secret: bytes, *, client_id: str, session_id: int) -> str:
    """The `sid` of a session at one client (OpenID Connect Front-Channel Logout, section 3)."""
    return encode_base64url(_mac(secret, "sid", client_id, str(session_id)))


def build_technical_identifier(secret: bytes, *, sector: str, person_id: int) -> str:
    """The national portal's `TechID`, a UUID, pairwise like `sub`."""
    return str(uuid.UUID(bytes=_mac(secret, "tech-id", sector, str(person_id))[:16], version=4))


def _mac(secret: bytes, *parts: str) -> bytes:
    """Parts are joined by a byte that none of them can hold, so that no two lists of parts look the same."""
    mac = _keyed(secret).copy()
    mac.update("\x00".join(parts).encode())
    return mac.digest()


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """To be copied, and given nothing itself: to key one costs OpenSSL several times what it then takes to use it."""
    return hmac.new(secret, digestmod="sha256")
