"""Verifying a card of ours: the chip's files, its answer to a fresh challenge, and its state in the register of cards.

A card whose signatures hold may still be revoked, withheld, replaced, lost or expired: then it proves nothing here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, select, update

from eid.audit import record_act
from eid.cards import authority
from eid.cards.document import describe_document
from eid.cards.models import UNUSABLE, Card, CardChallenge, CardState
from eid.clock import wall_now, world_now, world_today
from eid.config import current_settings
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.jwt import build_jwt
from eid.crypto.lds import SOD, parse_file_name
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import STRICT
from eid.crypto.report import Result, Step
from eid.crypto.tlv import MAX_BYTES
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.db import db
from eid.errors import Malformed, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.randomness import random_bytes, random_token

CHALLENGE_LASTS = timedelta(minutes=5)
RECEIPT_LASTS = timedelta(minutes=5)
RECEIPT_TYPE = "eid-card-receipt+jwt"
MAX_FILES = 20
"""EF.SOD, EF.COM, EF.CardAccess and sixteen data groups, and one to spare."""


@dataclass(frozen=True)
class CardVerification:
    """A card of ours that is good today, and whose chip answered."""

    card_id: int
    person_id: int
    document: VerifiedDocument
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class CardReceipt:
    """A verification, and the service's word for it, signed (typ eid-card-receipt+jwt)."""

    verification: CardVerification
    token: str


def open_challenge() -> CardChallenge:
    """Afterwards there is a challenge that one chip may answer once within five minutes; committed."""
    now = wall_now()
    db.session.execute(delete(CardChallenge).where(CardChallenge.expires_at < now - CHALLENGE_LASTS))
    challenge = CardChallenge(
        id=random_token(), challenge=random_bytes(CHALLENGE_BYTES), expires_at=now + CHALLENGE_LASTS
    )
    db.session.add(challenge)
    db.session.flush()
    db.session.expunge(challenge)  # a commit forgets values, and reading them again would take the write lock again
    db.session.commit()
    return challenge


def verify_card(
    files: Mapping[str, bytes], *, challenge_id: str, response: bytes, expected_person_id: int | None = None
) -> CardVerification:
    """A card of this service of which all of this holds; the caller's transaction commits that its challenge is used.

    1. The challenge was drawn here, is not older than five minutes and was never used; now it is.
    2. Passive and active authentication hold (eid.crypto.passive_auth, strict), at the world's time.
    3. The card, known by the SHA-256 of its EF.SOD, is ours, and active today.
    4. It is that of the expected person, where one is expected.

    Raises VerificationFailed with the step and all steps as evidence, Malformed where the files are not a chip's; then the
    caller's changes are rolled back and the challenge is used up, committed.
    """
    try:
        return _verify(files, challenge_id, response, expected_person_id)
    except (VerificationFailed, Malformed):
        db.session.rollback()
        _mark_used(challenge_id)
        db.session.commit()
        raise


def _verify(
    files: Mapping[str, bytes], challenge_id: str, response: bytes, expected_person_id: int | None
) -> CardVerification:
    named = name_files(files)
    # (1)
    challenge = _use_challenge(challenge_id)
    # (2)
    document = verify_document(
        named,
        trust_store=_load_trust(tuple(authority.list_anchors())),
        policy=STRICT,
        at=world_now(),
        chip_answer=ChipAnswer(challenge, response),
    )
    # (3)
    card = db.session.scalar(select(Card).where(Card.sod_sha256 == hashlib.sha256(named[SOD]).digest()))
    if card is None:
        raise _refuse(document, "card_state", "card_unknown", "This card was not issued here.")
    state = card.state_on(world_today())
    if state is not CardState.ACTIVE:
        raise _refuse(document, "card_state", f"card_{state}", UNUSABLE[state])
    # (4)
    if expected_person_id is not None and card.person_id != expected_person_id:
        raise _refuse(document, "card_holder", "card_of_another", "This is the card of another person.")
    steps = (*document.steps, Step("card_state", Result.PASSED, None, "The card was issued here and is active."))
    return CardVerification(card.id, card.person_id, document, steps)


def name_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files by their proper names. Raises Malformed: too_many_files, file_unknown, chip_keys_uploaded, file_twice,
    file_too_large."""
    if len(files) > MAX_FILES:
        raise Malformed("too_many_files", "A chip has fewer files than that.")
    named: dict[str, bytes] = {}
    for given, content in files.items():
        if "chip_keys" in given.lower():
            raise Malformed("chip_keys_uploaded", "The chip's private keys must never be sent; send its files only.")
        name = parse_file_name(given)
        if name is None:
            raise Malformed("file_unknown", "A file has a name that no file of a chip has.", reason=given[:40])
        if name in named:
            raise Malformed("file_twice", "Two of the files are the same file of the chip.", reason=name)
        if len(content) > MAX_BYTES:
            raise Malformed("file_too_large", "A file is larger than a chip's file can be.", reason=name)
        named[name] = content
    return named


def _use_challenge(challenge_id: str) -> bytes:
    if not _mark_used(challenge_id):
        known = db.session.get(CardChallenge, challenge_id)
        if known is None:
            raise _refuse(None, "active_authentication", "aa_nonce_unknown", "This challenge was not drawn here.")
        if known.used_at is not None:
            raise _refuse(None, "active_authentication", "aa_nonce_reused", "This challenge was answered before.")
        raise _refuse(None, "active_authentication", "aa_nonce_expired", "This challenge is too old; draw a new one.")
    drawn = select(CardChallenge.challenge).where(CardChallenge.id == challenge_id)
    challenge: bytes = db.session.scalars(drawn).one()
    return challenge


def _mark_used(challenge_id: str) -> bool:
    """Of all who try to use a challenge at once, one succeeds."""
    now = wall_now()
    fresh = update(CardChallenge).where(
        CardChallenge.id == challenge_id, CardChallenge.used_at.is_(None), CardChallenge.expires_at > now
    )
    return bool(db.session.execute(fresh.values(used_at=now)).rowcount == 1)  # type: ignore[attr-defined]


def _refuse(document: VerifiedDocument | None, step: str, code: str, detail: str) -> VerificationFailed:
    steps = [found.as_dict() for found in document.steps] if document else []
    steps.append(Step(step, Result.FAILED, code, detail).as_dict())
    return VerificationFailed(step, code, detail, evidence={"steps": steps})


@lru_cache(maxsize=4)
def _load_trust(anchors: tuple[bytes, ...]) -> TrustStore:
    return parse_trust_store(anchors)


def issue_card_receipt(files: Mapping[str, bytes], *, challenge_id: str, response: bytes) -> CardReceipt:
    """Verify a card for somebody else, who gets the service's signed word for what was found; committed.

    Raises as verify_card.
    """
    verification = verify_card(files, challenge_id=challenge_id, response=response)
    token = build_jwt(
        _build_claims(verification), key=current_keystore().find_signing_key(KeyUse.RECEIPTS), typ=RECEIPT_TYPE
    )
    record_act("issue_card_receipt", person_id=verification.person_id, card_id=verification.card_id)
    db.session.commit()
    return CardReceipt(verification, token)


def _build_claims(verification: CardVerification) -> dict[str, Any]:
    now = wall_now()
    return {
        "iss": current_settings().public_url,
        "jti": random_token(),
        "iat": int(now.timestamp()),
        "exp": int((now + RECEIPT_LASTS).timestamp()),
        "verdict": "verified",
        "sod_sha256": verification.document.sod_sha256.hex(),
        "document": describe_document(verification.document),
        "steps": {step.step: str(step.result) for step in verification.steps},
    }
