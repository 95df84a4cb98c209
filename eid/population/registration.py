"""Birth, death, marriage, divorce and move, each registered in one transaction of its own, with its date of effect.

What each adds to the register is in entries.py; corrections and citizenship are in renewal.py.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from eid.db import db
from eid.population.entries import (
    find_newborn,
    record_birth,
    record_death,
    record_divorce,
    record_marriage,
    record_move,
)
from eid.population.homes import Address
from eid.population.models import Person
from eid.population.numbers import Sex
from eid.population.service import find_person


def register_birth(
    *,
    mother_pin: str,
    father_pin: str | None = None,
    keeper_pin: str | None = None,
    surname: str,
    middle_name: str,
    given_name: str,
    birth_date: date,
    sex: Sex,
    province: str,
) -> Person:
    """As record_birth; committed. The newborn."""
    newborn = find_newborn(
        record_birth(
            mother_pin=mother_pin,
            father_pin=father_pin,
            keeper_pin=keeper_pin,
            surname=surname,
            middle_name=middle_name,
            given_name=given_name,
            birth_date=birth_date,
            sex=sex,
            province=province,
        )
    )
    db.session.commit()
    return newborn


def register_death(pin: str, *, died_on: date) -> Person:
    """As record_death; committed. Who has died."""
    person = find_person(pin)
    record_death(pin, died_on=died_on)
    db.session.commit()
    return person


def register_marriage(pin: str, spouse_pin: str, *, married_on: date, lives_with: str = "") -> Person:
    """As record_marriage; committed. The first of the two."""
    person = find_person(pin)
    record_marriage(pin, spouse_pin, married_on=married_on, lives_with=lives_with)
    db.session.commit()
    return person


def register_divorce(pin: str, *, divorced_on: date, leaver_pin: str = "", address: Address | None = None) -> Person:
    """As record_divorce; committed. The person named, not the spouse."""
    person = find_person(pin)
    record_divorce(pin, divorced_on=divorced_on, leaver_pin=leaver_pin, address=address)
    db.session.commit()
    return person


def register_move(
    pin: str, *, moved_on: date, companions: Collection[int] = (), address: Address | None = None, host_pin: str = ""
) -> Person:
    """As record_move; committed. The person named, not the companions."""
    person = find_person(pin)
    record_move(pin, moved_on=moved_on, companions=companions, address=address, host_pin=host_pin)
    db.session.commit()
    return person
