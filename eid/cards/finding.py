"""Which cards there are: found, listed, checked, due for replacement. Nothing here changes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import aliased

from eid.cards.lifecycle import UNUSABLE
from eid.cards.models import Card, CardState, RevokedSigner
from eid.cards.personalisation import REPLACEMENT_AGES, birthday
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.late_dataclasses import frozen
from eid.population.models import Person

_NEVER_HANDED_OVER = (CardState.MADE, CardState.CANCELLED)


def find_card(card_id: int) -> Card:
    """The card of this row. Raises NotFound: card_unknown."""
    card = db.session.get(Card, card_id)
    if card is None:
        raise NotFound("card_unknown", "There is no such card.")
    return card


def list_cards(person_id: int) -> Sequence[Card]:
    """Every card that was ever made for a person, newest first."""
    return db.session.scalars(select(Card).where(Card.person_id == person_id).order_by(Card.id.desc())).all()


def find_current_card(person_id: int) -> Card:
    """The newest card that a person got, in whatever state it is; who never got one has the one that waits or waited for
    them. Raises NotFound: card_missing."""
    card = choose_current_card(list_cards(person_id))
    if card is None:
        raise NotFound("card_missing", "This person has never been issued a card.")
    return card


def choose_current_card(cards: Sequence[Card]) -> Card | None:
    """The current one of all cards of a person, newest first."""
    got = (card for card in cards if card.state not in _NEVER_HANDED_OVER)
    return next(got, None) or next(iter(cards), None)


def find_waiting_card(person_id: int) -> Card:
    """The card that is made and waits to be handed over. Raises NotFound: card_not_waiting."""
    waiting = select(Card).where(Card.person_id == person_id, Card.state == CardState.MADE)
    card = db.session.scalar(waiting.order_by(Card.id.desc()).limit(1))
    if card is None:
        raise NotFound("card_not_waiting", "No card waits to be handed over to this person.")
    return card


def check_card_usable(person_id: int) -> Card:
    """The card with which a person can prove who they are today. Raises Conflict: card_missing, card_unusable."""
    card = choose_current_card(list_cards(person_id))
    if card is None:
        raise Conflict("card_missing", "This person has no card.")
    state = card.state_on(world_today())
    if state is not CardState.ACTIVE:
        raise Conflict("card_unusable", UNUSABLE[state])
    return card


@frozen
class DueCard:
    """A card that is held and must be replaced, and why."""

    card: Card
    person: Person
    age: int | None
    """The age at which the law asks for another card; None where that is not the reason."""
    signer_is_revoked: bool
    is_waited_for: bool
    """Another card is made already."""


def list_due_cards(*, within: timedelta, limit: int | None = None) -> list[DueCard]:
    """Cards whose last day comes within this time or has passed (article 21), and those of revoked signers; the most urgent
    first. Those of the dead are not due, and neither is one that is withheld: it must be returned first."""
    last = world_today() + within
    query = _select_due(last).order_by(Card.expires_on.is_(None), Card.expires_on, Card.id).limit(limit)
    revoked = set(db.session.scalars(select(RevokedSigner.serial)))
    return [
        _describe_due(card, person, is_waited_for, last, revoked)
        for card, person, is_waited_for in db.session.execute(query)
    ]


def find_due_card(card: Card, person: Person, *, within: timedelta) -> DueCard | None:
    """As list_due_cards, of one card: None where it is not due."""
    row = db.session.execute(_select_due(world_today() + within).where(Card.id == card.id)).first()
    if row is None:
        return None
    revoked = set(db.session.scalars(select(RevokedSigner.serial)))
    return _describe_due(card, person, row[2], world_today() + within, revoked)


def _select_due(last: date) -> Select[Card, Person, bool]:
    waiting = aliased(Card)
    is_waited_for = exists().where(waiting.person_id == Card.person_id, waiting.state == CardState.MADE)
    by_revoked = Card.signer_serial.in_(select(RevokedSigner.serial))
    return (
        select(Card, Person, is_waited_for)
        .join(Person, Person.id == Card.person_id)
        .where(Card.state == CardState.ACTIVE, Person.died_on.is_(None), (Card.expires_on <= last) | by_revoked)
    )


def _describe_due(card: Card, person: Person, is_waited_for: bool, last: date, revoked: set[str]) -> DueCard:
    expires = card.expires_on is not None and card.expires_on <= last
    ages = [age for age in REPLACEMENT_AGES if birthday(person.birth_date, age) == card.expires_on]
    return DueCard(card, person, ages[0] if expires and ages else None, card.signer_serial in revoked, is_waited_for)
