"""Tokens read before they are verified: to find out by whose keys, and of which kind they may be. Pure."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from typing import Any

MAX_TOKEN = 64 * 1024


def read_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS, or the header of a JWE, believed by nobody; empty where they cannot be read."""
    parts = token.split(".")
    if len(parts) not in (3, 5) or len(token) > MAX_TOKEN * (8 if len(parts) == 5 else 1):
        return {}, {}
    return _read_part(parts[0]), _read_part(parts[1]) if len(parts) == 3 else {}


def _read_part(part: str) -> dict[str, Any]:
    try:
        read = json.loads(urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4)))
    except (UnicodeEncodeError, binascii.Error, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
