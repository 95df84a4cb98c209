"""People to issue cards to, and a card of one of them."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from eid.cards.service import IssuedCard, issue_card
from eid.db import db
from eid.population.models import Person, Sex
from eid.population.service import record_person

PIN = "901190000101"
OTHER_PIN = "979085000102"


@pytest.fixture
def person(app: Flask) -> Person:
    """Nguyễn Thị Hoa, born in 1990."""
    hoa = record_person(
        person_id=101,
        pin=PIN,
        surname="Nguyễn",
        middle_name="Thị",
        given_name="Hoa",
        birth_date=date(1990, 3, 12),
        sex=Sex.FEMALE,
        residence_province="01",
        residence_commune="Xã Sông Mẫu",
        residence_address="Số 12, ngõ 5",
    )
    db.session.commit()
    return hoa


@pytest.fixture
def other_person(app: Flask) -> Person:
    """Trần Văn Minh, born in 1985."""
    minh = record_person(
        person_id=102,
        pin=OTHER_PIN,
        surname="Trần",
        middle_name="Văn",
        given_name="Minh",
        birth_date=date(1985, 11, 2),
        sex=Sex.MALE,
        residence_province="79",
        residence_commune="Phường Bến Thử",
        residence_address="Số 7, đường Mẫu",
    )
    db.session.commit()
    return minh


@pytest.fixture
def card(person: Person) -> IssuedCard:
    return issue_card(person.pin)
