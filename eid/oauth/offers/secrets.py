"""What an offer hands out: everything follows from the random part of its address, so that nothing of it need be kept. Pure."""

from __future__ import annotations

import hashlib
import hmac
from random import Random

from eid.oauth.opaque import encode_base64url

TX_CODE_DIGITS = 6


def derive_code(token: str, *, secret: bytes) -> str:
    """The pre-authorized code of the offer with this token."""
    return _derive("pre-authorized code", token, secret)


def derive_state(token: str, *, secret: bytes) -> str:
    """The issuer_state of the offer with this token."""
    return _derive("issuer state", token, secret)


def draw_tx_code(rng: Random) -> str:
    return f"{rng.randrange(10**TX_CODE_DIGITS):0{TX_CODE_DIGITS}}"


def digest_tx_code(tx_code: str, *, uri_digest: bytes, secret: bytes) -> bytes:
    """Under which the code of one offer is kept."""
    return hmac.digest(secret, b"tx_code\x00" + uri_digest + tx_code.encode(), hashlib.sha256)


def _derive(label: str, token: str, secret: bytes) -> str:
    return encode_base64url(hmac.digest(secret, f"{label}\x00{token}".encode(), hashlib.sha256))
