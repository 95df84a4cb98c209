"""The register's use cases on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eid.app import HANDLERS
from eid.audit import AuditEntry
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refusal
from eid.events import PersonDied, register_handlers
from eid.population import registration, service
from eid.population.models import LifeEvent, LifeEventKind, MaritalStatus, Person, Relation, Sex
from eid.population.numbers import parse_pin
from eid.population.snapshot import FIRST_GENERATED_ID
from tests.people import HOA, MINH

MOTHER = HOA
HOME = {name: HOA[name] for name in ("residence_province", "residence_commune", "residence_address")}
FATHER = MINH | HOME | {"household_id": MOTHER["person_id"]}


@pytest.fixture
def couple(app: Flask) -> tuple[Person, Person]:
    """A married couple in one household, committed."""
    mother = service.record_person(**MOTHER, relation_to_head=Relation.HEAD, marital_status=MaritalStatus.MARRIED)
    father = service.record_person(**FATHER, relation_to_head=Relation.SPOUSE, marital_status=MaritalStatus.MARRIED)
    mother.spouse_id, father.spouse_id = father.id, mother.id
    db.session.commit()
    return mother, father


def give_birth(**changes: Any) -> Person:
    given: dict[str, Any] = {
        "mother_pin": MOTHER["pin"],
        "father_pin": FATHER["pin"],
        "surname": "Trần",
        "middle_name": "Ngọc",
        "given_name": "An",
        "birth_date": world_today() - timedelta(days=3),
        "sex": Sex.FEMALE,
        "province": "01",
    }
    return registration.register_birth(**given | changes)


def test_people_are_found_by_pin_and_by_id(couple: tuple[Person, Person]) -> None:
    mother, father = couple
    assert service.find_person("901190000101").full_name == "Nguyễn Thị Hoa"
    assert service.find_person("901190000101").unaccented_name == "NGUYEN THI HOA"
    assert service.find_person_by_id(father.id).pin == "979085000102"
    assert service.find_people([father.id, 77, mother.id]) == [mother, father]
    assert service.count_people() == 2


def test_who_is_not_in_the_register_is_not_found(app: Flask) -> None:
    for find, key in ((service.find_person, "901190000109"), (service.find_person_by_id, 9)):
        with pytest.raises(NotFound) as refusal:
            find(key)  # type: ignore[operator]
        assert refusal.value.code == "person_unknown"


def test_a_person_whose_pin_tells_another_birth_year_is_not_recorded(app: Flask) -> None:
    with pytest.raises(Malformed) as refusal:
        service.record_person(**MOTHER | {"birth_date": date(1991, 3, 12)})
    assert refusal.value.code == "pin_disagrees"


def test_a_newborn_gets_a_pin_and_lives_with_the_mother(couple: tuple[Person, Person]) -> None:
    mother, father = couple
    newborn = give_birth()
    pin = parse_pin(newborn.pin)
    assert (pin.is_synthetic, pin.sex, pin.birth_year) == (True, Sex.FEMALE, newborn.birth_date.year)
    assert newborn.id >= FIRST_GENERATED_ID
    assert (newborn.mother_id, newborn.father_id) == (mother.id, father.id)
    assert (newborn.household_id, newborn.relation_to_head) == (mother.household_id, Relation.CHILD)
    assert newborn.residence_commune == mother.residence_commune
    assert service.find_household_members(1) == [mother, father, newborn]
    assert service.find_children(mother.id, 1) == [newborn]
    happened = db.session.scalars(select(LifeEvent)).one()
    assert (happened.person_id, happened.kind, happened.effective_on) == (
        newborn.id,
        LifeEventKind.BIRTH,
        newborn.birth_date,
    )
    assert db.session.scalars(select(AuditEntry.act)).all() == ["insure_newborn", "register_birth"]


def test_newborns_never_share_a_number(couple: tuple[Person, Person]) -> None:
    born = [give_birth() for _ in range(5)]
    assert len({person.id for person in born}) == len({person.pin for person in born}) == 5


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"birth_date": date(9999, 1, 1)}, Malformed, "birth_in_future"),
        ({"mother_pin": "901190000999"}, NotFound, "person_unknown"),
        ({"province": "02"}, NotFound, "province_unknown"),
        ({"mother_pin": FATHER["pin"], "father_pin": None}, Conflict, "parent_sex"),
        ({"father_pin": MOTHER["pin"]}, Conflict, "parent_sex"),
        ({"birth_date": date(1999, 1, 1)}, Conflict, "parent_age"),
    ],
)
def test_a_birth_that_cannot_be_is_refused_and_changes_nothing(
    couple: tuple[Person, Person], changes: dict[str, Any], kind: type[Refusal], code: str
) -> None:
    with pytest.raises(kind) as refusal:
        give_birth(**changes)
    assert refusal.value.code == code
    db.session.rollback()
    assert service.count_people() == 2


def test_a_death_marks_the_person_and_tells_everybody(couple: tuple[Person, Person]) -> None:
    mother, father = couple
    told: list[PersonDied] = []
    register_handlers({PersonDied: [told.append]})
    died_on = world_today()
    try:
        registration.register_death(father.pin, died_on=died_on)
    finally:
        register_handlers(HANDLERS)
    assert told == [PersonDied(person_id=father.id, died_on=died_on)]
    assert (father.died_on, father.is_alive) == (died_on, False)
    assert (mother.marital_status, mother.spouse_id) == (MaritalStatus.WIDOWED, None)
    assert set(db.session.scalars(select(LifeEvent.kind))) == {LifeEventKind.DEATH, LifeEventKind.WIDOWHOOD}
    assert db.session.scalars(select(AuditEntry.act)).all() == ["register_death"]


def test_nobody_dies_twice(couple: tuple[Person, Person]) -> None:
    registration.register_death(FATHER["pin"], died_on=world_today())
    with pytest.raises(Conflict) as refusal:
        registration.register_death(FATHER["pin"], died_on=world_today())
    assert refusal.value.code == "person_dead"


@pytest.mark.parametrize("died_on", [date(1985, 11, 1), date(9999, 1, 1)])
def test_a_death_before_birth_or_in_the_future_is_refused(couple: tuple[Person, Person], died_on: date) -> None:
    with pytest.raises(Malformed) as refusal:
        registration.register_death(FATHER["pin"], died_on=died_on)
    assert refusal.value.code == "death_date"


def test_a_child_born_after_the_fathers_death_is_registered_and_after_the_mothers_is_not(
    couple: tuple[Person, Person],
) -> None:
    registration.register_death(FATHER["pin"], died_on=world_today() - timedelta(days=100))
    assert give_birth().father_id == 2
    registration.register_death(MOTHER["pin"], died_on=world_today() - timedelta(days=10))
    with pytest.raises(Conflict) as refusal:
        give_birth()
    assert refusal.value.code == "parent_dead"
