"""ES256: ECDSA on P-256 with SHA-256, its signature as JOSE and COSE send it (RFC 7518, 3.4; RFC 9053, 2.1)."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

_OF_A_DIGEST = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


def sign_es256(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    """r and s, of 32 octets each. The key is one of P-256."""
    signature = key.sign(sha256(content).digest(), _OF_A_DIGEST)
    # SEQUENCE { r INTEGER, s INTEGER } in DER: four octets come before r, two between the numbers, and no length is a long one
    r_end = 4 + signature[3]
    return _fit(signature[4:r_end]) + _fit(signature[r_end + 2 :])


def _fit(number: bytes) -> bytes:
    """A positive INTEGER without the octet that keeps it positive, and with the zeros that DER leaves out."""
    return number[-32:].rjust(32, b"\0")
