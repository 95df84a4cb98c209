"""What is done with cards: issued, withheld, returned, revoked; found and checked. Verifying one is in verification.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from eid.audit import record_act
from eid.cards import authority
from eid.cards.models import UNUSABLE, Card, CardState
from eid.cards.personalisation import ChipKeys, Holder, Signer, card_expiry, dump_key, personalise
from eid.cards.portrait import draw_portrait
from eid.cards.verification import CardVerification, issue_card_receipt, open_challenge, verify_card
from eid.clock import VIETNAM, world_now, world_today
from eid.crypto.lds import SOD
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import CardEnded, CardIssued, CardReturned, post_event
from eid.population.models import Person
from eid.population.places import write_address, write_birth_place
from eid.population.service import find_people, find_person

__all__ = [
    "CardVerification",
    "IssuedCard",
    "check_card_usable",
    "find_card",
    "find_current_card",
    "issue_card",
    "issue_card_receipt",
    "issue_cards",
    "open_challenge",
    "record_end_of_card",
    "report_card_lost",
    "return_card",
    "revoke_card",
    "verify_card",
    "withhold_card",
]

_HELD = (CardState.MADE, CardState.ACTIVE)
_STANDING = (*_HELD, CardState.WITHHELD)
"""States that a card can still leave; lost, revoked and replaced are final."""


@dataclass(frozen=True)
class IssuedCard:
    """A card as it leaves the personaliser. The service keeps neither its files nor its keys."""

    card: Card
    files: Mapping[str, bytes]
    chip_keys: Mapping[str, str] = field(repr=False)


def issue_card(pin: str) -> IssuedCard:
    """Afterwards the person holds a new card, and the one they had is replaced; committed.

    Raises NotFound: person_unknown; Conflict: person_dead, card_withheld, card_too_early.
    """
    return issue_cards([pin])[0]


def issue_cards(pins: Iterable[str]) -> list[IssuedCard]:
    """As issue_card, for many people in one transaction."""
    signer, now = authority.find_document_signer(), world_now()
    issued = [_record_card(find_person(pin), signer, now) for pin in pins]
    db.session.commit()
    return issued


def _record_card(person: Person, signer: Signer, now: datetime) -> IssuedCard:
    if person.died_on is not None:
        raise Conflict("person_dead", "Nobody who has died can be issued a card.")
    _replace_earlier_card(person.id, now)
    holder, keys, issued_on = _describe_holder(person), _make_chip_keys(), now.astimezone(VIETNAM).date()
    files = personalise(
        holder,
        photo=draw_portrait(person.pin, sex=person.sex),
        keys=keys,
        signer=signer,
        issued_on=issued_on,
        signed_at=now,
    )
    card = Card(
        person_id=person.id,
        document_number=person.pin[3:],
        sod_sha256=hashlib.sha256(files[SOD]).digest(),
        issued_on=issued_on,
        expires_on=card_expiry(person.birth_date, issued_on),
        state=CardState.ACTIVE,
        state_changed_at=now,
    )
    db.session.add(card)
    db.session.flush()
    record_act("issue_card", person_id=person.id, card_id=card.id)
    post_event(CardIssued(card_id=card.id, person_id=person.id))
    names = {"active_authentication": keys.active_authentication, "chip_authentication": keys.chip_authentication}
    return IssuedCard(card, files, {name: dump_key(key) for name, key in names.items()})


def _replace_earlier_card(person_id: int, now: datetime) -> None:
    """Afterwards no card of the person is held. One that an authority keeps is not got around by asking for another."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())  # one issue at a time
    if _find_card_in_state(person_id, CardState.WITHHELD) is not None:
        raise Conflict("card_withheld", "This person's card is withheld; it must be returned or revoked first.")
    held = update(Card).where(Card.person_id == person_id, Card.state.in_(_HELD))
    db.session.execute(held.values(state=CardState.REPLACED, state_changed_at=now, reason=None))


def _make_chip_keys() -> ChipKeys:
    return ChipKeys(ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.BrainpoolP256R1()))


def _describe_holder(person: Person) -> Holder:
    relatives = [n for n in (person.father_id, person.mother_id, person.spouse_id) if n is not None]
    names = {found.id: found.full_name for found in find_people(relatives)} if relatives else {}
    return Holder(
        pin=person.pin,
        surname=person.surname,
        given_names=f"{person.middle_name} {person.given_name}".strip(),
        full_name=person.full_name,
        birth_date=person.birth_date,
        sex=str(person.sex),
        ethnicity=person.ethnicity,
        religion=person.religion,
        place_of_origin=write_birth_place(person.birth_province, person.birth_country, on=person.birth_date),
        place_of_residence=write_address(person, on=world_today()),
        father=names.get(person.father_id or 0),
        mother=names.get(person.mother_id or 0),
        spouse=names.get(person.spouse_id or 0),
        old_id_number=person.old_id_number,
    )


def find_card(card_id: int) -> Card:
    """The card of this row. Raises NotFound: card_unknown."""
    card = db.session.get(Card, card_id)
    if card is None:
        raise NotFound("card_unknown", "There is no such card.")
    return card


def list_cards(person_id: int) -> Sequence[Card]:
    """Every card that a person ever had, newest first."""
    return db.session.scalars(select(Card).where(Card.person_id == person_id).order_by(Card.id.desc())).all()


def find_current_card(person_id: int) -> Card:
    """The newest card of a person, in whatever state it is. Raises NotFound: card_missing."""
    newest = select(Card).where(Card.person_id == person_id).order_by(Card.id.desc()).limit(1)
    card = db.session.scalar(newest)
    if card is None:
        raise NotFound("card_missing", "This person has never been issued a card.")
    return card


def check_card_usable(person_id: int) -> Card:
    """The card with which a person can prove who they are today. Raises Conflict: card_missing, card_unusable."""
    newest = select(Card).where(Card.person_id == person_id).order_by(Card.id.desc()).limit(1)
    card = db.session.scalar(newest)
    if card is None:
        raise Conflict("card_missing", "This person has no card.")
    state = card.state_on(world_today())
    if state is not CardState.ACTIVE:
        raise Conflict("card_unusable", UNUSABLE[state])
    return card


def revoke_card(person_id: int, *, reason: str) -> Card:
    """Afterwards the person's card is revoked for good, and everybody concerned was told; committed.

    Raises NotFound: card_missing; Conflict: card_state.
    """
    return _end_card(person_id, CardState.REVOKED, reason)


def withhold_card(person_id: int, *, reason: str) -> Card:
    """Afterwards an authority keeps the person's card until it is returned; committed. Raises as revoke_card."""
    return _end_card(person_id, CardState.WITHHELD, reason)


def report_card_lost(person_id: int, *, reason: str = "") -> Card:
    """Afterwards the person's card is lost for good; committed. Raises as revoke_card."""
    return _end_card(person_id, CardState.LOST, reason)


def return_card(person_id: int, *, reason: str = "") -> Card:
    """Afterwards the withheld card is its holder's again, and everybody concerned was told; committed.

    Raises NotFound: card_missing; Conflict: card_state.
    """
    card = find_current_card(person_id)
    _move(card, (CardState.WITHHELD,), CardState.ACTIVE, reason)
    post_event(CardReturned(card_id=card.id, person_id=person_id))
    record_act("return_card", person_id=person_id, card_id=card.id)
    db.session.commit()
    return card


def record_end_of_card(person_id: int, state: CardState, reason: str) -> Card | None:
    """No card of this person is good for anything any more; the card that was, if any. The caller's transaction commits it."""
    standing = select(Card).where(Card.person_id == person_id, Card.state.in_(_STANDING)).order_by(Card.id.desc())
    card = db.session.scalar(standing.limit(1))
    if card is not None:
        _move(card, _STANDING, state, reason)
    return card


def _end_card(person_id: int, state: CardState, reason: str) -> Card:
    card = find_current_card(person_id)
    _move(card, _HELD if state is CardState.WITHHELD else _STANDING, state, reason)
    post_event(CardEnded(card_id=card.id, person_id=person_id, state=state))
    record_act(f"{'withhold' if state is CardState.WITHHELD else 'end'}_card", person_id=person_id, card_id=card.id)
    db.session.commit()
    return card


def _move(card: Card, sources: Sequence[CardState], state: CardState, reason: str) -> None:
    """Change a card's state, unless somebody else changed it first."""
    moved = update(Card).where(Card.id == card.id, Card.state.in_(sources))
    values = {"state": state, "state_changed_at": world_now(), "reason": reason[:200] or None}
    if db.session.execute(moved.values(values)).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            "card_state", "The card is not in a state in which this can be done.", reason=f"{card.state} to {state}"
        )
    db.session.refresh(card)


def _find_card_in_state(person_id: int, state: CardState) -> Card | None:
    return db.session.scalar(select(Card).where(Card.person_id == person_id, Card.state == state).limit(1))
