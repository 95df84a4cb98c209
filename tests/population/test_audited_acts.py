"""After every act of an officer the register is as good as before: its audit finds nothing, an empty household least of all."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from eid.clock import world_today
from eid.db import db
from eid.population.homes import Address
from eid.population.life.identity import particulars_of
from eid.population.life.recording import take_state
from eid.population.loading import load_population
from eid.population.models import Household, MaritalStatus, Person, Relation, Sex
from eid.population.numbers import age_on
from eid.population.places import list_communes
from eid.population.quality.inspection import POPULATION_CHECKS, audit_population
from eid.population.registration import (
    register_birth,
    register_death,
    register_divorce,
    register_marriage,
    register_move,
)
from eid.population.renewal import correct_person, end_citizenship, naturalise_person


@pytest.fixture
def people(app: Flask) -> list[Person]:
    load_population(people=300, seed=8)
    return list(db.session.scalars(select(Person).order_by(Person.id)))


def check_audit(act: str) -> None:
    wrong = {f.rule.id: f.examples for f in audit_population(POPULATION_CHECKS).findings if f.count}
    assert wrong == {}, act


def find_adult(people: list[Person], sex: Sex, status: MaritalStatus, *, alone: bool | None = None) -> Person:
    """Somebody of 25 to 40 who is alive, a citizen, and so married; alone or with others in the household, if that matters."""
    sizes = Counter(person.household_id for person in people if person.is_alive)
    return next(
        person
        for person in people
        if person.is_alive and person.sex == sex and person.marital_status == status and person.nationality == "VNM"
        if 25 <= age_on(person.birth_date, world_today()) < 40
        if alone is None or (sizes[person.household_id] == 1) is alone
    )


def find_spouse(people: list[Person], person: Person) -> Person:
    return next(other for other in people if other.id == person.spouse_id)


def test_a_life_full_of_acts_leaves_nothing_to_find(people: list[Person]) -> None:
    today, address = world_today(), Address("79", list_communes("79")[0].name, "Số 9, ngõ Mới")
    check_audit("nothing")

    mother = find_adult(people, Sex.FEMALE, MaritalStatus.MARRIED)
    father = find_spouse(people, mother)
    name = {"surname": father.surname, "middle_name": "Thị", "given_name": "Quỳnh"}
    province = mother.residence_province
    born = register_birth(
        mother_pin=mother.pin, father_pin=father.pin, **name, birth_date=today, sex=Sex.FEMALE, province=province
    )
    check_audit("birth")

    bride = find_adult(people, Sex.FEMALE, MaritalStatus.SINGLE)
    groom = find_adult(people, Sex.MALE, MaritalStatus.SINGLE, alone=True)
    left = groom.household_id
    register_marriage(bride.pin, groom.pin, married_on=today, lives_with=bride.pin)
    assert db.session.get(Household, left) is None
    check_audit("marriage out of a home of one's own")

    register_divorce(bride.pin, divorced_on=today, leaver_pin=groom.pin, address=address)
    check_audit("divorce")
    alone = groom.household_id
    register_move(groom.pin, moved_on=today, host_pin=mother.pin)
    assert db.session.get(Household, alone) is None
    check_audit("move out of a home of one's own")

    family = [p for p in people if p.household_id == father.household_id and p.is_alive] + [born]
    register_move(father.pin, moved_on=today, address=address, companions=[p.id for p in family if p.id != father.id])
    check_audit("move of a household")

    right = replace(particulars_of(take_state(bride)), birth_date=bride.birth_date + date.resolution)
    correct_person(bride.pin, right, corrected_on=today)
    check_audit("correction")
    end_citizenship(groom.pin, nationality="LAO", ended_on=today)
    check_audit("loss of citizenship")
    given = {"ethnicity": "Kinh", "name": (groom.surname, groom.middle_name, groom.given_name)}
    naturalise_person(groom.pin, **given, naturalised_on=today)
    check_audit("naturalisation")

    register_death(father.pin, died_on=today)
    check_audit("death")
    last = next(p for p in people if p.relation_to_head == Relation.HEAD and is_last(p, people))
    left = last.household_id
    register_death(last.pin, died_on=today)
    assert db.session.get(Household, left) is None
    check_audit("death of the last of a household")


def is_last(person: Person, people: list[Person]) -> bool:
    """Nobody else lives in this person's household."""
    return [p.id for p in people if p.household_id == person.household_id] == [person.id]
