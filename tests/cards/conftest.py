"""People to issue cards to, and a card of one of them."""

from __future__ import annotations

import pytest
from flask import Flask

from eid.cards.service import IssuedCard, issue_card
from eid.db import db
from eid.population.models import Person
from tests.people import HOA, MINH, record_one


@pytest.fixture
def person(app: Flask) -> Person:
    """Nguyễn Thị Hoa, born in 1990."""
    hoa = record_one(HOA)
    db.session.commit()
    return hoa


@pytest.fixture
def other_person(app: Flask) -> Person:
    """Trần Văn Minh, born in 1985."""
    minh = record_one(MINH)
    db.session.commit()
    return minh


@pytest.fixture
def card(person: Person) -> IssuedCard:
    return issue_card(person.pin)
