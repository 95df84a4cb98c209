"""People to issue cards to, a card of one of them, and all that is issued under each choice of settings."""

from __future__ import annotations

import pytest
from flask import Flask

from eid.cards.service import IssuedCard, issue_card
from eid.db import db
from eid.population.models import Person
from tests.cards.issue_everything import CHOICES, Everything, issue_everything
from tests.conftest import Databases
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


@pytest.fixture(scope="session", params=CHOICES)
def everything(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Everything:
    folder = tmp_path_factory.mktemp(request.param)
    with databases.empty("sqlite", folder) as url:
        return issue_everything(request.param, url, folder / "state")
