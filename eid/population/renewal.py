"""Who somebody is on paper, changed: entries corrected, foreigners naturalised, citizenship ended.

What is recorded here the caller commits; the last three are each one transaction of its own. Where the number changes, the
old one is kept and refused, and the holder learns the new one by a letter to where they live.
"""

from __future__ import annotations

from datetime import date

from eid.audit import record_act
from eid.clock import world_today
from eid.db import db
from eid.events import CitizenshipLost, post_event
from eid.outbox import MessageKind, post_message
from eid.population.entries import record_under_new_pin
from eid.population.life.acts import CITIZEN
from eid.population.life.identity import (
    Particulars,
    correct,
    lose_citizenship,
    naturalise,
    needs_new_pin,
    pin_prefix,
)
from eid.population.life.recording import find_children_of, hold_people, record_happenings
from eid.population.life.state import Happened
from eid.population.models import Person
from eid.population.numbers import Sex
from eid.population.places import find_province, write_address
from eid.population.service import find_person

NEW_PIN_LETTER = (
    "Số định danh cá nhân của {name} đã được xác lập lại: {pin}. Số cũ không còn giá trị. Hãy làm lại thẻ căn cước."
)
LONGEST_RECIPIENT = 254


def record_correction(pin: str, particulars: Particulars, *, corrected_on: date) -> list[Happened]:
    """Afterwards the entry says this; where birth date, sex or place of birth change, under a new PIN.

    Raises NotFound: person_unknown, province_unknown; and as correct.
    """
    person, today = find_person(pin), world_today()
    people = hold_people({person.id})
    if particulars.birth_province is not None:
        find_province(particulars.birth_province, on=particulars.birth_date)
    record_act("correct_person", person_id=person.id)
    if not needs_new_pin(people[person.id], particulars):
        happened = correct(person.id, particulars, pin=None, on=corrected_on, today=today, people=people)
        record_happenings(happened)
        return happened
    people |= find_children_of(person.id)

    def renew(new_pin: str) -> list[Happened]:
        return correct(person.id, particulars, pin=new_pin, on=corrected_on, today=today, people=people)

    happened = record_under_new_pin(
        renew,
        prefix=pin_prefix(person.nationality, particulars.birth_province),
        birth_year=particulars.birth_date.year,
        sex=particulars.sex,
        reason="correction",
    )
    _post_letter(person)
    return happened


def record_naturalisation(
    pin: str, *, ethnicity: str, name: tuple[str, str, str], naturalised_on: date
) -> list[Happened]:
    """Afterwards the foreigner is a citizen under a new PIN. Raises NotFound: person_unknown; and as naturalise."""
    person, today = find_person(pin), world_today()
    people = hold_people({person.id})

    def renew(new_pin: str) -> list[Happened]:
        return naturalise(
            person.id, pin=new_pin, ethnicity=ethnicity, name=name, on=naturalised_on, today=today, people=people
        )

    happened = record_under_new_pin(
        renew,
        prefix=pin_prefix(CITIZEN, person.birth_province),
        birth_year=person.birth_date.year,
        sex=Sex(person.sex),
        reason="naturalisation",
    )
    _post_letter(person)
    record_act("naturalise_person", person_id=person.id)
    return happened


def record_citizenship_loss(pin: str, *, nationality: str, ended_on: date) -> list[Happened]:
    """Afterwards the person has that nationality and no card, and the account is locked.

    Raises NotFound: person_unknown; and as lose_citizenship.
    """
    person = find_person(pin)
    people = hold_people({person.id})
    happened = lose_citizenship(person.id, nationality=nationality, on=ended_on, today=world_today(), people=people)
    record_happenings(happened)
    post_event(CitizenshipLost(person_id=person.id))
    record_act("end_citizenship", person_id=person.id)
    return happened


def correct_person(pin: str, particulars: Particulars, *, corrected_on: date) -> Person:
    """As record_correction; committed."""
    person = find_person(pin)
    record_correction(pin, particulars, corrected_on=corrected_on)
    db.session.commit()
    return person


def naturalise_person(pin: str, *, ethnicity: str, name: tuple[str, str, str], naturalised_on: date) -> Person:
    """As record_naturalisation; committed."""
    person = find_person(pin)
    record_naturalisation(pin, ethnicity=ethnicity, name=name, naturalised_on=naturalised_on)
    db.session.commit()
    return person


def end_citizenship(pin: str, *, nationality: str, ended_on: date) -> Person:
    """As record_citizenship_loss; committed."""
    person = find_person(pin)
    record_citizenship_loss(pin, nationality=nationality, ended_on=ended_on)
    db.session.commit()
    return person


def _post_letter(person: Person) -> None:
    address = write_address(person, on=world_today())
    body = NEW_PIN_LETTER.format(name=person.full_name, pin=person.pin)
    post_message(MessageKind.LETTER, recipient=f"{person.full_name}, {address}"[:LONGEST_RECIPIENT], body=body)
