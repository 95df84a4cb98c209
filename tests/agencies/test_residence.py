"""Residence: what the register says of a household is what its papers say, and what happens there is told to them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask

from eid.agencies.residence import (
    RESIDENCE,
    end_residence_of_dead,
    end_temporary_residence,
    find_residence,
    register_temporary_residence,
    tell_households_of_change,
)
from eid.agencies.residence_loading import LOADER
from eid.agencies.residence_models import TemporaryResidence
from eid.agencies.service import load_agency_data
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, EntitlementsChanged, PeopleChanged, PersonDied, register_handlers
from eid.population.homes import Address
from eid.population.models import Person, Relation
from eid.population.places import list_communes
from eid.population.registration import register_death, register_move
from tests.agencies.conftest import AddPerson

NOW = "2026-11-10T03:00:00Z"
AWAY = Address("48", list_communes("48")[0].name, "Số 1 Đường Thử")


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[Any]:
    posted: list[Any] = []
    register_handlers(
        {
            EntitlementChanged: [posted.append],
            EntitlementsChanged: [posted.append],
            PeopleChanged: [tell_households_of_change],
            PersonDied: [end_residence_of_dead],
        }
    )
    return posted


@pytest.fixture
def family(add_person: AddPerson) -> tuple[Person, Person]:
    """A head of a household and a grown-up child who lives there."""
    head, child = add_person(), add_person(birth_date=date(1999, 3, 1), commit=False)
    child.household_id, child.relation_to_head, child.father_id = head.household_id, Relation.CHILD, head.id
    db.session.commit()
    return head, child


def test_everybody_of_a_household_stands_on_the_papers_of_each(family: tuple[Person, Person]) -> None:
    head, child = family
    found = find_residence(child.id)
    assert [(each.pin, each.relation) for each in found.members] == [(head.pin, "head"), (child.pin, "child")]
    assert found.head is not None
    assert (found.head.pin, found.relation, found.state) == (head.pin, "child", "valid")
    assert found.permanent.address == found.current.address
    assert find_residence(head.id).members == found.members


def test_who_moves_out_is_told_to_the_papers_of_all_and_lives_elsewhere_since(
    family: tuple[Person, Person], changes: list[Any]
) -> None:
    head, child = family
    register_move(child.pin, moved_on=date(2026, 11, 9), address=AWAY)
    assert changes == [EntitlementsChanged(frozenset((head.id, child.id)), RESIDENCE, "valid")]
    moved = find_residence(child.id)
    assert (moved.permanent.since, moved.permanent.province) == (date(2026, 11, 9), "48")
    assert (moved.relation, len(moved.members), len(find_residence(head.id).members)) == ("head", 1, 1)
    assert moved.updated_at.isoformat() == "2026-11-10T03:00:00+00:00"


def test_the_dead_live_nowhere_and_whoever_they_lived_with_is_told(
    family: tuple[Person, Person], changes: list[Any]
) -> None:
    head, child = family
    register_temporary_residence(head.pin, address=AWAY)
    changes.clear()
    register_death(head.pin, died_on=date(2026, 11, 9))
    assert EntitlementsChanged(frozenset((head.id, child.id)), RESIDENCE, "valid") in changes
    dead = find_residence(head.id)
    assert (dead.state, dead.members, dead.head, dead.temporary) == ("invalid", (), None, None)
    assert find_residence(child.id).relation == "head"


def test_somebody_lives_elsewhere_for_a_time_until_it_is_over(
    family: tuple[Person, Person], changes: list[Any]
) -> None:
    _, child = family
    found = register_temporary_residence(child.pin, address=AWAY)
    assert found.temporary is not None
    assert (found.temporary.since, found.temporary.until) == (date(2026, 11, 10), date(2027, 11, 10))
    assert found.current == found.temporary != found.permanent
    assert changes == [EntitlementChanged(child.id, RESIDENCE, "valid")]
    with time_machine.travel("2027-11-10T03:00:00Z", tick=False):
        assert find_residence(child.id).temporary is not None
    with time_machine.travel("2027-11-11T03:00:00Z", tick=False):
        assert find_residence(child.id).temporary is None
        with pytest.raises(NotFound) as over:
            end_temporary_residence(child.pin)
        assert over.value.code == "stay_unknown"
    assert end_temporary_residence(child.pin).temporary is None


def test_a_stay_that_the_law_does_not_know_is_refused(family: tuple[Person, Person]) -> None:
    head, _ = family
    with pytest.raises(Malformed) as long:
        register_temporary_residence(head.pin, address=AWAY, until=date(2028, 11, 11))
    assert long.value.code == "stay_term"
    with pytest.raises(NotFound) as nowhere:
        register_temporary_residence(head.pin, address=Address("48", "Phường Không Có", "Số 1"))
    assert nowhere.value.code == "commune_unknown"
    with pytest.raises(Malformed) as houseless:
        register_temporary_residence(head.pin, address=Address(AWAY.province, AWAY.commune, " "))
    assert houseless.value.code == "address_missing"
    register_move(head.pin, moved_on=date(2026, 11, 9), address=AWAY)
    with pytest.raises(Conflict) as home:
        register_temporary_residence(head.pin, address=AWAY)
    assert home.value.code == "stay_at_home"


def test_foreigners_have_other_papers(add_person: AddPerson) -> None:
    person = add_person(commit=False)
    person.nationality = "FRA"
    with pytest.raises(NotFound) as none:
        find_residence(person.id)
    assert none.value.code == "paper_unknown"


def test_some_of_a_register_live_elsewhere_for_a_time(register: list[Person]) -> None:
    load_agency_data(seed=1)
    stays = db.session.query(TemporaryResidence).all()
    assert 1 <= len(stays) <= len(register) / 8
    assert all(stay.registered_on <= date(2026, 11, 10) <= stay.until for stay in stays)
    assert all(find_residence(stay.person_id).current.until == stay.until for stay in stays)
    assert LOADER.name == "residences"
