"""A few people of a register, and a register of some size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from flask import Flask

from eid.db import db
from eid.events import EntitlementChanged
from eid.population.models import Person, Sex
from eid.population.numbers import Pin, build_pin
from tests.people import record_one

AddPerson = Callable[..., Person]


def keeping(posted: list[EntitlementChanged], *papers: str) -> Callable[[EntitlementChanged], None]:
    """A handler that adds what is posted about these papers, and leaves the others, which everybody has."""

    def keep(changed: EntitlementChanged) -> None:
        if changed.paper in papers:
            posted.append(changed)

    return keep


def _pin(serial: int, birth_date: date, sex: Sex) -> str:
    century = birth_date.year // 100 + 1
    return build_pin(Pin("901", century, sex, birth_date.year % 100, serial))


@pytest.fixture
def add_person(app: Flask) -> AddPerson:
    """Adds a person, unless told a man born in 1990 who is else like Minh; commits, unless told to wait."""
    count = iter(range(1, 1000))

    def add(
        birth_date: date = date(1990, 5, 17), sex: Sex = Sex.MALE, person_id: int | None = None, *, commit: bool = True
    ) -> Person:
        serial = next(count)
        person = record_one(
            person_id=person_id or serial, pin=_pin(serial, birth_date, sex), birth_date=birth_date, sex=sex
        )
        if commit:
            db.session.commit()
        return person

    return add


@pytest.fixture
def register(add_person: AddPerson) -> list[Person]:
    """Four hundred people of all ages, numbered as generated people are."""
    rng = Random(7)
    people = [
        add_person(
            birth_date=date(2025 - rng.randrange(90), rng.randrange(1, 13), rng.randrange(1, 28)),
            sex=rng.choice([Sex.MALE, Sex.FEMALE]),
            person_id=1000 + number,
            commit=False,
        )
        for number in range(400)
    ]
    db.session.commit()
    return people
