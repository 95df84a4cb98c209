"""Where a stream's events are pushed to (RFC 8935), with the header that its service wants to see on them."""

from __future__ import annotations

from dataclasses import field

from sqlalchemy import select

from eid.accounts.sealing_rotation import SealedColumn
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.db import db
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.signals.models import DeliveryMethod, SignalStream, StreamStatus
from eid.randomness import random_bytes


@frozen
class PushTarget:
    url: str
    authorization: str = field(repr=False)


def find_push_target(stream_id: int | None) -> PushTarget | None:
    """Where a stream's events are sent now; None where they are fetched, or held."""
    stream = db.session.get(SignalStream, stream_id, populate_existing=True)
    if stream is None or not is_pushed(stream) or stream.endpoint_url is None:
        return None
    sealed = stream.sealed_authorization
    return PushTarget(stream.endpoint_url, "" if sealed is None else _unseal(sealed, stream.stream_id))


def is_pushed(stream: SignalStream) -> bool:
    return stream.method == DeliveryMethod.PUSH and stream.status == StreamStatus.ENABLED


def seal_authorization(header: str | None, *, stream_id: str) -> bytes | None:
    """The header as it is stored: whoever reads the database cannot pass for us at the service."""
    if header is None:
        return None
    key = current_keystore().find_secret(SecretUse.SEALING)
    return seal_secret(header.encode(), key=key, nonce=random_bytes(NONCE_BYTES), context=_context(stream_id))


def _unseal(sealed: bytes, stream_id: str) -> str:
    key = current_keystore().find_sealing_key(read_head(sealed))
    return unseal_secret(sealed, key=key, context=_context(stream_id)).decode()


def _reseal(sealed: bytes, stream_id: str) -> bytes:
    """The same header under the newest key. Raises VerificationFailed (step `seal`)."""
    resealed = seal_authorization(_unseal(sealed, stream_id), stream_id=stream_id)
    assert resealed is not None
    return resealed


def _context(stream_id: str) -> str:
    return f"signal-stream:{stream_id}"


SEALED_COLUMNS = (
    SealedColumn(
        SignalStream,
        SignalStream.sealed_authorization,
        select(SignalStream.id, SignalStream.sealed_authorization, SignalStream.stream_id),
        _reseal,
    ),
)
"""What the rotation of sealing keys has to seal anew."""
