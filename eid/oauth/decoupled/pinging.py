"""Telling a client of mode ping that a question is answered (CIBA Core, section 10.2): what it is told, to where and how."""

from __future__ import annotations

import json
from dataclasses import field
from datetime import datetime

from sqlalchemy import select

from eid.accounts.sealing_rotation import SealedColumn
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.db import db
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.decoupled.models import DecoupledQuestion
from eid.oauth.notices.models import NoticeKind
from eid.oauth.notices.outbox import post_notice
from eid.randomness import random_bytes


@frozen
class PingTarget:
    url: str
    body: bytes = field(repr=False)
    authorization: str = field(repr=False)


def post_ping(question: DecoupledQuestion, *, now: datetime) -> None:
    """The client will be told, if it wants to be; the caller commits."""
    if question.sealed_ping is not None:
        post_notice(NoticeKind.PING, client=question.client_id, claims={"question": question.id}, now=now)


def find_ping_target(question_id: int, *, now: datetime) -> PingTarget | None:
    """Where and what to tell; None where nobody can make anything of it any more."""
    question = db.session.get(DecoupledQuestion, question_id, populate_existing=True)
    if question is None or question.sealed_ping is None or question.expires_at <= now:
        return None
    url = question.client.backchannel_client_notification_endpoint
    if url is None or question.redeemed_at is not None:
        return None
    handle, token = _unseal(question.sealed_ping, question.handle_digest)
    return PingTarget(url, json.dumps({"auth_req_id": handle}).encode(), f"Bearer {token}")


def seal_ping(auth_req_id: str, token: str, *, handle_digest: bytes) -> bytes:
    """Both as they are stored: whoever reads the database can neither redeem the one nor pass for us with the other."""
    key, plain = current_keystore().find_secret(SecretUse.SEALING), json.dumps([auth_req_id, token]).encode()
    return seal_secret(plain, key=key, nonce=random_bytes(NONCE_BYTES), context=_context(handle_digest))


def _unseal(sealed: bytes, handle_digest: bytes) -> tuple[str, str]:
    key = current_keystore().find_sealing_key(read_head(sealed))
    handle, token = json.loads(unseal_secret(sealed, key=key, context=_context(handle_digest)))
    return handle, token


def _reseal(sealed: bytes, handle_digest: bytes) -> bytes:
    """The same under the newest key. Raises VerificationFailed (step `seal`)."""
    handle, token = _unseal(sealed, handle_digest)
    return seal_ping(handle, token, handle_digest=handle_digest)


def _context(handle_digest: bytes) -> str:
    return f"backchannel-ping:{handle_digest.hex()}"


SEALED_COLUMNS = (
    SealedColumn(
        DecoupledQuestion,
        DecoupledQuestion.sealed_ping,
        select(DecoupledQuestion.id, DecoupledQuestion.sealed_ping, DecoupledQuestion.handle_digest),
        _reseal,
    ),
)
"""What the rotation of sealing keys has to seal anew."""
