"""Receipts: the service's signed word for what was found on a card, and the entry in the audit log that it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from eid.audit import ActorKind, record_disclosure, record_disclosures
from eid.cards.verdict_json import write_document, write_json, write_receipt_claims, write_verdict
from eid.cards.verification import (
    CardVerification,
    verify_card,
    verify_card_without_chip,
    verify_cards_without_chip,
)
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import build_jwt_of_json
from eid.crypto.keys import SigningKey
from eid.db import db
from eid.errors import Malformed, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.randomness import random_token

CARD_ATTRIBUTES = ("card",)
"""What a verified card tells, as the audit log names it: all that its chip says."""
RECEIPT_LASTS = timedelta(minutes=5)
RECEIPT_TYPE = "eid-card-receipt+jwt"


@frozen
class CardReceipt:
    """A verification, and the service's word for it, signed (typ eid-card-receipt+jwt)."""

    verification: CardVerification
    token: str
    document: bytes
    """What the card says, as JSON: the token says the same."""

    def write_verdict(self) -> bytes:
        """The members of an answer about the card, as JSON without the braces around them."""
        return write_verdict(self.verification.steps, self.document, self.token)


class _Signing(NamedTuple):
    """By what the receipts of one transaction are signed."""

    key: SigningKey
    issuer: bytes
    """Its address, as JSON."""
    times: bytes
    """When they are issued and when they expire: claims as JSON, without braces."""


def issue_card_receipt(files: Mapping[str, bytes], *, challenge_id: str, response: bytes) -> CardReceipt:
    """Verify a card for somebody else, who gets the service's signed word for what was found; committed.

    Raises as verify_card.
    """
    receipt = record_card_receipt(verify_card(files, challenge_id=challenge_id, response=response))
    db.session.commit()
    return receipt


def issue_receipt_without_chip(files: Mapping[str, bytes]) -> CardReceipt:
    """As issue_card_receipt for files whose chip is not at hand; the receipt says that it proved nothing. Committed."""
    try:
        receipt = record_card_receipt(verify_card_without_chip(files))
        db.session.commit()
    except (VerificationFailed, Malformed):
        db.session.rollback()
        raise
    return receipt


def issue_receipts_without_chip(
    uploads: Sequence[Mapping[str, bytes]],
) -> list[CardReceipt | VerificationFailed | Malformed]:
    """What issue_receipt_without_chip answers or raises for each, in their order, by one transaction; committed.

    What was revoked before it began is refused. Whatever else is raised concerns all: nothing was recorded.
    """
    try:
        verified = verify_cards_without_chip(uploads)
        signing = _find_signing()
        found = [_sign(one, signing) if isinstance(one, CardVerification) else one for one in verified]
        entries = [_describe_entry(one.verification) for one in found if isinstance(one, CardReceipt)]
        record_disclosures("issue_card_receipt", entries, attributes=CARD_ATTRIBUTES, actor_kind=ActorKind.SYSTEM)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    return found


def record_card_receipt(
    verification: CardVerification,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str = "",
    purpose: str = "",
) -> CardReceipt:
    """The service's signed word for a verification; that it was given is recorded, and the caller commits it."""
    receipt = _sign(verification, _find_signing())
    record_disclosure(
        "issue_card_receipt",
        actor_kind=actor_kind,
        actor=actor,
        attributes=CARD_ATTRIBUTES,
        purpose=purpose,
        **_describe_entry(verification),
    )
    return receipt


def _find_signing() -> _Signing:
    now = wall_now()
    times = b'"iat":%d,"exp":%d' % (int(now.timestamp()), int((now + RECEIPT_LASTS).timestamp()))
    key = current_keystore().find_signing_key(KeyUse.RECEIPTS)
    return _Signing(key, write_json(current_settings().public_url), times)


def _sign(verification: CardVerification, signing: _Signing) -> CardReceipt:
    document = write_document(verification.document)
    told = write_receipt_claims(verification.document, document, verification.steps, verification.evidence)
    claims = b'{"iss":%b,"jti":"%b",%b,%b}' % (signing.issuer, random_token().encode(), signing.times, told)
    return CardReceipt(verification, build_jwt_of_json(claims, key=signing.key, typ=RECEIPT_TYPE), document)


def _describe_entry(verification: CardVerification) -> dict[str, Any]:
    return {
        "person_id": verification.person_id,
        "card_id": verification.card_id,
        "chip_proved": verification.document.chip_proved,
    }
