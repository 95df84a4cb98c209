"""What an account rests on: the card that activated it, and the desk that received its holder. Kept for good, and told to
services that ask how an identity was verified."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.proof_models import CardProof
from eid.accounts.request_lifecycle import RequestState
from eid.accounts.request_models import Request, RequestKind
from eid.cards.models import Card
from eid.db import db
from eid.late_dataclasses import frozen
from eid.randomness import random_token

_IN_PERSON = {RequestKind.ACCOUNT_LEVEL_2: "idcard", RequestKind.ACCOUNT_FOREIGNER: "passport"}
"""Requests that a desk takes in card or passport in hand → which of the two."""


@frozen
class DeskVisit:
    """A desk received the holder, who laid this kind of document before an officer; world time."""

    at: datetime
    place: str
    document_type: str


def record_card_proof(account: Account, card_id: int, *, verified_at: datetime) -> CardProof:
    """The account rests on this card from now on; the caller commits. The card's own data are kept as they are now."""
    card = db.session.get_one(Card, card_id)
    proof = CardProof(
        account_id=account.id,
        card_id=card.id,
        reference=random_token(),
        verified_at=verified_at,
        sod_sha256=card.sod_sha256,
        document_number=card.document_number,
        issued_on=card.issued_on,
        expires_on=card.expires_on,
    )
    db.session.add(proof)
    return proof


def find_card_proof(account_id: int) -> CardProof | None:
    """The newest; None for accounts that were activated without a card, or before this was kept."""
    query = select(CardProof).where(CardProof.account_id == account_id).order_by(CardProof.id.desc()).limit(1)
    return db.session.scalar(query)


def find_desk_visit(person_id: int) -> DeskVisit | None:
    """The newest request for the account that a desk took in and that was approved; None where there is none."""
    query = select(Request).where(
        Request.person_id == person_id,
        Request.kind.in_(_IN_PERSON),
        Request.state == RequestState.APPROVED,
        Request.place.is_not(None),
    )
    for found in db.session.scalars(query.order_by(Request.id.desc())):
        if found.details.get("card") != "none":
            return DeskVisit(found.opened_at, found.place or "", _IN_PERSON[RequestKind(found.kind)])
    return None
