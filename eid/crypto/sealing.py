"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key of the key store, bound to the row that they belong to.

A sealed secret is one byte of version, four that name the key, twelve of nonce, then ciphertext and tag. The nonce is handed
in and must be random; the context is authenticated and not stored, so that a value moved to another row no longer opens.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eid.errors import VerificationFailed

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
_NAME_BYTES = 4
HEAD_BYTES = len(VERSION) + _NAME_BYTES


def seal_secret(secret: bytes, *, key: bytes, nonce: bytes, context: str) -> bytes:
    """The secret, readable only with this key and in this context."""
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("sealing takes a key of 32 bytes and a nonce of 12")
    head = build_head(key)
    return head + nonce + AESGCM(key).encrypt(nonce, secret, head + context.encode())


def unseal_secret(sealed: bytes, *, key: bytes, context: str) -> bytes:
    """The inverse of seal_secret. Raises VerificationFailed (step `seal`) for another key, another context or a changed byte."""
    head, nonce, ciphertext = (
        sealed[:HEAD_BYTES],
        sealed[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES],
        sealed[HEAD_BYTES + NONCE_BYTES :],
    )
    if head != build_head(key):
        raise VerificationFailed(
            "seal", "seal_key", "A stored secret cannot be opened.", reason="sealed under another key"
        )
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, head + context.encode())
    except (InvalidTag, ValueError) as error:
        raise VerificationFailed(
            "seal", "seal_broken", "A stored secret cannot be opened.", reason=type(error).__name__
        ) from error


def build_head(key: bytes) -> bytes:
    """What everything begins with that is sealed under this key: the version and the key's name."""
    return VERSION + hashlib.sha256(b"eid sealing key" + key).digest()[:_NAME_BYTES]


def read_head(sealed: bytes) -> bytes:
    """By what a sealed secret names its key; compare with build_head."""
    return sealed[:HEAD_BYTES]


def name_key(key: bytes) -> str:
    """The key's name for people, in hexadecimal."""
    return build_head(key)[len(VERSION) :].hex()
