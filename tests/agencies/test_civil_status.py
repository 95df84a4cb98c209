"""Extracts of the civil-status books: the register's events decide, and what was before is always told alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from eid.agencies.civil_status import (
    CIVIL_STATUS,
    find_civil_status,
    tell_relatives_of_change,
)
from eid.db import db
from eid.errors import NotFound
from eid.events import EntitlementsChanged, PeopleChanged, register_handlers
from eid.population.life.identity import Particulars
from eid.population.models import MaritalStatus, Person, Sex
from eid.population.registration import (
    register_birth,
    register_death,
    register_divorce,
    register_marriage,
)
from eid.population.renewal import record_correction
from tests.agencies.conftest import AddPerson

NOW = "2026-11-10T03:00:00Z"
TODAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[Any]:
    posted: list[Any] = []
    register_handlers(
        {
            EntitlementsChanged: [posted.append],
            PeopleChanged: [tell_relatives_of_change],
        }
    )
    return posted


@pytest.fixture
def man(add_person: AddPerson) -> Person:
    return add_person()


@pytest.fixture
def woman(add_person: AddPerson) -> Person:
    return add_person(birth_date=date(1992, 2, 3), sex=Sex.FEMALE)


def bear(mother: Person, father: Person | None = None) -> Person:
    return register_birth(
        mother_pin=mother.pin,
        father_pin=father.pin if father else None,
        surname="Trần",
        middle_name="Văn",
        given_name="Bé",
        birth_date=date(2026, 11, 1),
        sex=Sex.MALE,
        province="79",
    )


def test_a_birth_that_was_entered_is_extracted_as_it_was(man: Person, woman: Person, changes: list[Any]) -> None:
    child = bear(woman, man)
    found = find_civil_status(child.id)
    assert found.birth is not None
    assert (found.birth.entry.registered_on, found.birth.entry.number[-5:]) == (TODAY, "/2026")
    assert child.residence_commune in found.birth.entry.registered_at
    assert found.birth.father is not None and found.birth.mother is not None
    assert (found.birth.father.full_name, found.birth.mother.birth_date) == (man.full_name, woman.birth_date)
    assert (found.marriage, found.marital_status) == (None, "single")
    assert changes == [EntitlementsChanged(frozenset({child.id}), CIVIL_STATUS, "valid")]


def test_a_birth_from_before_the_register_is_always_told_alike(man: Person) -> None:
    first = find_civil_status(man.id).birth
    assert first is not None
    assert man.birth_date <= first.entry.registered_on <= man.birth_date + timedelta(days=60)
    record_correction(man.pin, _particulars(man, given_name="Khác"), corrected_on=TODAY)
    assert find_civil_status(man.id).birth == first


def test_a_marriage_is_extracted_by_both_alike(man: Person, woman: Person, changes: list[Any]) -> None:
    register_marriage(man.pin, woman.pin, married_on=date(2026, 11, 2))
    his, hers = find_civil_status(man.id).marriage, find_civil_status(woman.id).marriage
    assert his is not None and hers is not None
    assert his.entry == hers.entry
    assert (his.entry.registered_on, his.spouse.full_name) == (date(2026, 11, 2), woman.full_name)
    assert (his.ended_by, his.ended_on) == (None, None)
    assert changes == [EntitlementsChanged(frozenset({man.id, woman.id}), CIVIL_STATUS, "valid")]


def test_a_marriage_that_a_court_ended_says_so_with_the_decision(man: Person, woman: Person) -> None:
    register_marriage(man.pin, woman.pin, married_on=date(2026, 11, 2))
    register_divorce(man.pin, divorced_on=date(2026, 11, 9))
    for person in (man, woman):
        found = find_civil_status(person.id)
        assert found.marriage is not None and found.divorce is not None
        assert (found.marriage.ended_by, found.marriage.ended_on) == ("divorce", date(2026, 11, 9))
        assert found.divorce.number.endswith("/2026/QĐST-HNGĐ")
        assert found.marital_status == "divorced"
    assert find_civil_status(man.id).divorce == find_civil_status(woman.id).divorce


def test_who_is_left_has_a_marriage_that_death_ended(man: Person, woman: Person, changes: list[Any]) -> None:
    register_marriage(man.pin, woman.pin, married_on=date(2026, 11, 2))
    changes.clear()
    register_death(man.pin, died_on=date(2026, 11, 8))
    found = find_civil_status(woman.id)
    assert found.marriage is not None
    assert (found.marriage.ended_by, found.marriage.ended_on) == ("death", date(2026, 11, 8))
    assert (found.divorce, found.marital_status) == (None, "widowed")
    assert find_civil_status(man.id).state == "invalid"
    assert changes == [EntitlementsChanged(frozenset({woman.id}), CIVIL_STATUS, "valid")]


def test_a_marriage_from_before_the_register_has_a_day_on_which_both_might(man: Person, woman: Person) -> None:
    man.spouse_id, woman.spouse_id = woman.id, man.id
    man.marital_status = woman.marital_status = MaritalStatus.MARRIED
    db.session.commit()
    his, hers = find_civil_status(man.id).marriage, find_civil_status(woman.id).marriage
    assert his is not None and hers is not None
    assert his.entry == hers.entry
    assert date(2010, 5, 17) <= his.entry.registered_on < date(2026, 1, 1)


def test_a_new_name_is_told_to_the_papers_of_spouse_and_children(
    man: Person, woman: Person, changes: list[Any]
) -> None:
    register_marriage(man.pin, woman.pin, married_on=date(2026, 11, 2))
    child = bear(woman, man)
    changes.clear()
    record_correction(man.pin, _particulars(man, given_name="Khác"), corrected_on=TODAY)
    db.session.commit()
    assert changes == [EntitlementsChanged(frozenset({man.id, woman.id, child.id}), CIVIL_STATUS, "valid")]
    found = find_civil_status(child.id)
    assert found.birth is not None and found.birth.father is not None
    assert found.birth.father.full_name.endswith("Khác")


def test_who_was_born_and_married_elsewhere_has_no_extract(man: Person) -> None:
    man.birth_province, man.birth_country = None, "FRA"
    with pytest.raises(NotFound) as none:
        find_civil_status(man.id)
    assert none.value.code == "paper_unknown"


def _particulars(person: Person, **changes: Any) -> Particulars:
    names = Particulars.__dataclass_fields__
    return Particulars(**{name: getattr(person, name) for name in names} | {"sex": Sex(person.sex)} | changes)
