"""Plants defects of cards into a generated register, to see whether an audit finds them. Shares no code with the audit.

For tests and demos only. The cards are rows without a chip: nobody can prove anything with them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from eid.cards.models import Card, CardState
from eid.db import db
from eid.population.models import Person
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler


def give_card(spoiler: Spoiler, person: Person, issued_on: date | None = None, **otherwise: Any) -> Card:
    """A card as it should be but for what is told, issued some months ago where no day is named."""
    day = issued_on or spoiler.today - timedelta(days=spoiler.rng.randint(100, 300))
    as_it_should_be = {
        "person_id": person.id,
        "document_number": person.pin[3:],
        "sod_sha256": spoiler.rng.randbytes(32),
        "issued_on": day,
        "expires_on": last_day(person.birth_date, day),
        "state": CardState.ACTIVE,
        "state_changed_at": datetime.combine(min(day, spoiler.today), time(1), UTC),
    }
    card = Card(**as_it_should_be | otherwise)
    db.session.add(card)
    return card


def last_day(born: date, issued_on: date) -> date | None:
    """The next of the 14th, 25th, 40th and 60th birthday that is more than two years away."""
    birthdays = [_anniversary(born, age) for age in (14, 25, 40, 60)]
    return next((day for day in birthdays if _anniversary(day, -2) > issued_on), None)


def is_suited(spoiler: Spoiler, person: Person) -> bool:
    """A citizen whose birthday is in every year, and who was born before cards are issued here."""
    in_every_year = (person.birth_date.month, person.birth_date.day) != (2, 29)
    return in_every_year and person.nationality == "VNM" and spoiler.age(person) >= 1


def _anniversary(day: date, years: int) -> date:
    return day.replace(year=day.year + years)


def _card_of_another_number(spoiler: Spoiler, person: Person) -> Breakage:
    """Two digits interchanged."""
    right = person.pin[3:]
    wrong = right[:7] + right[8] + right[7]
    if not is_suited(spoiler, person) or wrong == right:
        return None
    give_card(spoiler, person, document_number=wrong)
    return [Planted("card-number", person.id)]


def _card_of_another_last_day(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person):
        return None
    card = give_card(spoiler, person)
    card.expires_on = (
        spoiler.today + timedelta(days=4000)
        if card.expires_on is None
        else spoiler.rng.choice([None, card.expires_on + timedelta(days=365)])
    )
    return [Planted("card-expiry", person.id)]


def _card_from_tomorrow(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person):
        return None
    give_card(spoiler, person, spoiler.today + timedelta(days=spoiler.rng.randint(1, 400)))
    return [Planted("card-order", person.id)]


def _card_from_before_birth(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person):
        return None
    give_card(spoiler, person, person.birth_date - timedelta(days=spoiler.rng.randint(1, 400)))
    return [Planted("card-order", person.id)]


def _card_withheld_in_the_future(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person):
        return None
    changed_at = datetime.combine(spoiler.today + timedelta(days=spoiler.rng.randint(2, 90)), time(3), UTC)
    give_card(spoiler, person, state=CardState.WITHHELD, state_changed_at=changed_at)
    return [Planted("card-order", person.id)]


def _card_of_a_foreigner(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person) or not spoiler.renumber(person, f"998{person.pin[3:]}"):
        return None
    person.nationality = spoiler.rng.choice(("LAO", "KHM", "FRA"))
    give_card(spoiler, person)
    return [Planted("card-citizen", person.id)]


def _two_cards(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person):
        return None
    states = spoiler.rng.choice(([CardState.MADE], [CardState.ACTIVE, CardState.WITHHELD]))
    for _ in range(spoiler.rng.choice((2, 2, 3))):
        give_card(spoiler, person, state=spoiler.rng.choice(states))
    return [Planted("card-twice", person.id)]


def _card_of_the_dead(spoiler: Spoiler, person: Person) -> Breakage:
    if not is_suited(spoiler, person) or not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=30), recorded_after=4)
    give_card(spoiler, person, state=spoiler.rng.choice([CardState.ACTIVE, CardState.WITHHELD]))
    return [Planted("card-dead", person.id)]


CARD_KINDS: tuple[Kind, ...] = (
    _card_of_another_number,
    _card_of_another_last_day,
    _card_from_tomorrow,
    _card_from_before_birth,
    _card_withheld_in_the_future,
    _card_of_a_foreigner,
    _two_cards,
    _card_of_the_dead,
)
