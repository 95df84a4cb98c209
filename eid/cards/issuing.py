"""Making cards: a person's details out of the register, a portrait and keys, personalised and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from eid.audit import record_act
from eid.cards import authority
from eid.cards.acts import hold_cards, move_card
from eid.cards.features import describe_features
from eid.cards.lifecycle import CardEvent, CardState
from eid.cards.models import Card, write_serial
from eid.cards.personalisation import ChipKeys, Holder, Signer, card_expiry, dump_key, personalise
from eid.cards.portrait import draw_portrait
from eid.cards.signing_keys import generate_key
from eid.clock import VIETNAM, world_now, world_today
from eid.config import current_settings
from eid.crypto.lds import SOD
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.errors import Conflict
from eid.events import CardIssued, post_event
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.places import write_address, write_birth_place
from eid.population.service import find_people, find_person
from eid.randomness import system_rng


@frozen
class IssuedCard:
    """A card as it leaves the personaliser. The service keeps neither its files nor its keys."""

    card: Card
    files: Mapping[str, bytes]
    chip_keys: Mapping[str, str] = field(repr=False)


def issue_card(pin: str) -> IssuedCard:
    """Afterwards the person holds a new card, and the one they had is replaced; one that waited for them is cancelled;
    committed.

    Raises NotFound: person_unknown; Conflict: person_dead, person_not_citizen, card_withheld.
    """
    return issue_cards([pin])[0]


def issue_cards(pins: Iterable[str]) -> list[IssuedCard]:
    """As issue_card, for many people in one transaction."""
    signer, now = authority.find_document_signer(), world_now()
    issued = [_record_issued(pin, signer, now) for pin in pins]
    db.session.commit()
    return issued


def make_card(pin: str) -> IssuedCard:
    """Afterwards a new card waits to be handed over to the person; the one that they hold stays good until then; committed.

    Raises as issue_card, and Conflict: card_waiting, where another one waits already.
    """
    signer, now = authority.find_document_signer(), world_now()
    held = hold_cards(find_person(pin).id)
    held.check_may_get_another()
    if any(card.state == CardState.MADE for card in held.cards):
        raise Conflict("card_waiting", "A card waits for this person; hand it over or cancel it first.")
    made = _personalise(held.person, signer, now)
    _record("make_card", made.card)
    db.session.commit()
    return made


def _record_issued(pin: str, signer: Signer, now: datetime) -> IssuedCard:
    held = hold_cards(find_person(pin).id)
    held.check_may_get_another()
    held.cancel_waiting("another was issued")
    held.replace_active()
    made = _personalise(held.person, signer, now)
    move_card(made.card, CardEvent.HAND_OVER)
    _record("issue_card", made.card)
    post_event(CardIssued(card_id=made.card.id, person_id=held.person.id))
    return made


def _record(act: str, card: Card) -> None:
    db.session.add(card)
    db.session.flush()
    record_act(act, person_id=card.person_id, card_id=card.id)


def _personalise(person: Person, signer: Signer, now: datetime) -> IssuedCard:
    """A card that is made, and not yet in the register of cards."""
    keys, issued_on = _make_chip_keys(), now.astimezone(VIETNAM).date()
    files = personalise(
        _describe_holder(person),
        photo=draw_portrait(person.pin, sex=person.sex),
        keys=keys,
        signer=signer,
        issued_on=issued_on,
        signed_at=now,
        rng=system_rng(),
    )
    card = Card(
        person_id=person.id,
        document_number=person.pin[3:],
        sod_sha256=hashlib.sha256(files[SOD]).digest(),
        issued_on=issued_on,
        expires_on=card_expiry(person.birth_date, issued_on),
        state=CardState.MADE,
        state_changed_at=now,
        signer_serial=write_serial(parse_certificate(signer.certificate).serial),
    )
    names = {"active_authentication": keys.active_authentication, "chip_authentication": keys.chip_authentication}
    return IssuedCard(card, files, {name: dump_key(key) for name, key in names.items()})


def _make_chip_keys() -> ChipKeys:
    return ChipKeys(generate_key(current_settings().chip_key), ec.generate_private_key(ec.BrainpoolP256R1()))


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
        features=describe_features(person.pin),
    )
