"""What stands sealed in a presentation request: the key that answers are encrypted to, and what was shown, until it is read."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from eid.accounts.sealing_rotation import SealedColumn
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.keystore import SecretUse, current_keystore
from eid.presentations.models import PresentationRequest
from eid.randomness import random_bytes


def seal(content: dict[str, Any], request_id: str) -> bytes:
    """The content, readable for this request alone."""
    return _seal(json.dumps(content, ensure_ascii=False).encode(), request_id)


def unseal(sealed: bytes, request_id: str) -> dict[str, Any]:
    """The inverse of seal. Raises VerificationFailed (step `seal`)."""
    found: dict[str, Any] = json.loads(_unseal(sealed, request_id))
    return found


def _seal(content: bytes, request_id: str) -> bytes:
    key = current_keystore().find_secret(SecretUse.SEALING)
    return seal_secret(content, key=key, nonce=random_bytes(NONCE_BYTES), context=f"presentation:{request_id}")


def _unseal(sealed: bytes, request_id: str) -> bytes:
    key = current_keystore().find_sealing_key(read_head(sealed))
    return unseal_secret(sealed, key=key, context=f"presentation:{request_id}")


def _reseal(sealed: bytes, request_id: str) -> bytes:
    return _seal(_unseal(sealed, request_id), request_id)


SEALED_COLUMNS = tuple(
    SealedColumn(
        PresentationRequest,
        column,
        select(PresentationRequest.id, column, PresentationRequest.request_id),
        _reseal,
    )
    for column in (PresentationRequest.sealed_key, PresentationRequest.sealed_result)
)
"""What the rotation of sealing keys has to seal anew."""
