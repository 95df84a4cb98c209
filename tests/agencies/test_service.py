"""Papers for a whole register, and what a death ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eid.agencies.insurance_rules import parse_card_code
from eid.agencies.licence_rules import check_licence_age, parse_licence_number
from eid.agencies.models import DrivingLicence, HealthInsurance, LicencePointsEntry
from eid.agencies.service import (
    end_entitlements_of_dead,
    find_driving_licence,
    find_health_insurance,
    issue_driving_licence,
    issue_health_insurance,
    load_agency_data,
)
from eid.agencies.synthesis import child_card_ends_on, licence_number_of, number_of
from eid.db import db
from eid.errors import NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.models import Person
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson, keeping

NOW = "2026-11-10T03:00:00Z"
TODAY = date(2026, 11, 10)
GRANTED = [
    "health_insurance",
    "driving_licence",
    "vehicle",
    "tax",
    "social_insurance",
    "wallet",
    "disability",
    "poverty",
    "merit",
    "newborn_card",
]
"""What somebody has to be given; of residence, civil status and health everybody has a record."""


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def rows_of(table: type[Any], key: str = "person_id") -> list[dict[str, Any]]:
    rows = db.session.scalars(select(table).order_by(getattr(table, key))).all()
    return [{column.key: getattr(row, column.key) for column in table.__table__.columns} for row in rows]


def test_over_nine_in_ten_are_insured_and_many_adults_may_drive(register: list[Person]) -> None:
    load_agency_data(seed=1)
    insured = {row["person_id"] for row in rows_of(HealthInsurance)}
    licensed = {row["person_id"] for row in rows_of(DrivingLicence)}
    adults = {person.id for person in register if person.birth_date < date(2008, 11, 10)}
    assert 0.9 < len(insured) / len(register) < 1
    assert 0.45 < len(licensed) / len(adults) < 0.8
    assert licensed <= adults


def test_groups_fit_ages_and_every_code_is_well_formed(register: list[Person]) -> None:
    load_agency_data(seed=1)
    found = {row["person_id"]: row["object_code"] for row in rows_of(HealthInsurance)}
    for person in register:
        if person.id not in found:
            continue
        record = find_health_insurance(person.id)
        assert parse_card_code(record.card_code).object_code == found[person.id]
        assert (found[person.id] == "TE") == (child_card_ends_on(person.birth_date) >= TODAY)
        assert found[person.id] != "HS" or 6 <= 2026 - person.birth_date.year <= 17
        assert found[person.id] != "HT" or 2026 - person.birth_date.year > 60
        assert record.state == "valid"
        assert record.valid_from <= TODAY
        assert record.valid_from >= person.birth_date


def test_licences_keep_to_the_law_of_classes(register: list[Person]) -> None:
    load_agency_data(seed=1)
    people = {person.id: person for person in register}
    for row in rows_of(DrivingLicence):
        person, licence = people[row["person_id"]], find_driving_licence(row["person_id"])
        number = parse_licence_number(licence.number)
        assert number.sex == person.sex
        assert number.passed_in == min(held.first_issued_on for held in licence.classes).year % 100
        for held in licence.classes:
            check_licence_age(held.licence_class, person.birth_date, on=held.first_issued_on)
            assert held.first_issued_on <= held.issued_on <= TODAY


def test_the_same_seed_gives_the_same_papers_and_another_seed_others(
    register: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(seed: int) -> list[list[dict[str, Any]]]:
        load_agency_data(seed=seed)
        made = [rows_of(HealthInsurance), rows_of(DrivingLicence), rows_of(LicencePointsEntry, "decision")]
        for table in (LicencePointsEntry, DrivingLicence, HealthInsurance):
            db.session.execute(table.__table__.delete())
        db.session.commit()
        for row in made[2]:
            del row["id"]
        return made

    first = load(1)
    assert first[2]
    assert load(1) == first
    assert load(2) != first


def test_loading_again_changes_nothing_and_the_cast_is_left_alone(
    register: list[Person], add_person: AddPerson
) -> None:
    cast = add_person(person_id=500)
    seen: list[tuple[int, int]] = []
    made = load_agency_data(seed=1, progress=lambda done, total: seen.append((done, total)))
    before = rows_of(HealthInsurance)
    assert made > 400
    assert seen == [(400, 401)]
    assert load_agency_data(seed=1) == 0
    assert rows_of(HealthInsurance) == before
    with pytest.raises(NotFound):
        find_health_insurance(cast.id)


def test_a_death_ends_insurance_and_licence(add_person: AddPerson) -> None:
    posted: list[EntitlementChanged] = []
    register_handlers({PersonDied: [end_entitlements_of_dead], EntitlementChanged: [keeping(posted, *GRANTED)]})
    person = add_person()
    issue_health_insurance(person.pin, object_code="DN")
    issue_driving_licence(person.pin)
    posted.clear()
    register_death(person.pin, died_on=TODAY)
    assert find_health_insurance(person.id).state == "invalid"
    licence = find_driving_licence(person.id)
    assert (licence.state, licence.may_drive) == ("invalid", False)
    assert posted == [
        EntitlementChanged(person.id, "health_insurance", "invalid"),
        EntitlementChanged(person.id, "driving_licence", "invalid"),
    ]


def test_the_death_of_somebody_without_papers_ends_nothing(add_person: AddPerson) -> None:
    posted: list[EntitlementChanged] = []
    register_handlers({PersonDied: [end_entitlements_of_dead], EntitlementChanged: [keeping(posted, *GRANTED)]})
    register_death(add_person().pin, died_on=TODAY)
    assert posted == []


@given(st.integers(1, 10**7 - 1000), st.integers(1, 999))
def test_no_two_people_have_the_same_number(person_id: int, step: int) -> None:
    numbers = [number_of(person_id), number_of(person_id + step)]
    licences = [
        licence_number_of(each, birth_year=1990, sex="M", passed_in=2020) for each in (person_id, person_id + step)
    ]
    assert len(set(numbers)) == len(set(licences)) == 2
