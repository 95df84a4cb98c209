"""What the register, the cards and the accounts say about one person, together: for the person, and for an officer who looks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eid.accounts.models import Account
from eid.cards.models import Card, CardState
from eid.cards.service import list_cards
from eid.clock import world_now, world_today
from eid.db import db
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.places import write_address
from eid.population.service import find_person_by_id


@dataclass(frozen=True)
class PersonRecord:
    """A person with the newest card and the account, where there are any, as of today."""

    person: Person
    age: int
    address: str
    card: Card | None
    card_state: CardState | None
    account: Account | None
    is_overdue: bool
    """The account waits to be activated, and its seven days are over."""


def find_record(person_id: int) -> PersonRecord:
    """The record of a person. Raises NotFound where the register has nobody of this number."""
    person, today = find_person_by_id(person_id), world_today()
    card = next(iter(list_cards(person_id)), None)
    account = db.session.scalar(select(Account).where(Account.person_id == person_id))
    return PersonRecord(
        person=person,
        age=age_on(person.birth_date, person.died_on or today),
        address=write_address(person, on=today),
        card=card,
        card_state=card.state_on(today) if card else None,
        account=account,
        is_overdue=account is not None and account.activated_at is None and world_now() > account.activate_by,
    )
