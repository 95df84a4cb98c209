"""What the register, the cards and the accounts say about one person, together: for the person, and for an officer who looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from eid.accounts.models import Account
from eid.cards.models import Card, CardState
from eid.cards.service import DueCard, choose_current_card, find_due_card, list_cards
from eid.clock import world_now, world_today
from eid.crypto.mrz import build_mrz
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.places import write_address, write_birth_place
from eid.population.service import find_person_by_id

DUE_WITHIN = timedelta(days=60)
"""How long before a card's last day its holder is asked to have it replaced."""


@frozen
class RecordedCard:
    card: Card
    state: CardState
    """As of today."""


@frozen
class PersonRecord:
    """A person with their cards and the account, where there are any, as of today."""

    person: Person
    age: int
    address: str
    card: Card | None
    """The one that they got last, or else the one that waits for them."""
    card_state: CardState | None
    cards: Sequence[RecordedCard]
    """Every card that was ever made for them, newest first."""
    waiting_card: Card | None
    """The one that is made and waits to be handed over."""
    due: DueCard | None
    """Why the card must be replaced, where that is so within DUE_WITHIN."""
    account: Account | None
    is_overdue: bool
    """The account waits to be activated, and its seven days are over."""

    @property
    def birth_place(self) -> str:
        """Where the birth was registered, as cards have it."""
        person = self.person
        return write_birth_place(person.birth_province, person.birth_country, on=person.birth_date)

    @property
    def mrz(self) -> tuple[str, ...]:
        """The three lines at the foot of the card's back; none without a card."""
        person = self.person
        if self.card is None:
            return ()
        text = build_mrz(
            pin=person.pin,
            surname=person.surname,
            given_names=f"{person.middle_name} {person.given_name}".strip(),
            birth_date=person.birth_date,
            sex=person.sex,
            expires_on=self.card.expires_on,
        )
        return tuple(text[start : start + 30] for start in range(0, len(text), 30))


def find_record(person_id: int) -> PersonRecord:
    """The record of a person. Raises NotFound where the register has nobody of this number."""
    person, today = find_person_by_id(person_id), world_today()
    cards = list_cards(person_id)
    card = choose_current_card(cards)
    account = db.session.scalar(select(Account).where(Account.person_id == person_id))
    return PersonRecord(
        person=person,
        age=age_on(person.birth_date, person.died_on or today),
        address=write_address(person, on=today),
        card=card,
        card_state=card.state_on(today) if card else None,
        cards=[RecordedCard(found, found.state_on(today)) for found in cards],
        waiting_card=next((found for found in cards if found.state == CardState.MADE), None),
        due=find_due_card(card, person, within=DUE_WITHIN) if card else None,
        account=account,
        is_overdue=account is not None and account.activated_at is None and world_now() > account.activate_by,
    )
