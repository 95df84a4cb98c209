"""Health books: drawn from who somebody is, always alike, growing with the days; and what facilities write into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.health import (
    HEALTH_RECORD,
    enter_vaccination,
    enter_visit,
    find_health_record,
)
from eid.agencies.health_rules import ICD10, VISITS_TOLD, Drug
from eid.agencies.health_synthesis import Patient, draw_diseases, draw_vaccinations, draw_visits
from eid.agencies.insurance import record_health_insurance
from eid.agencies.vaccination_plan import CHILDREN, due_on
from eid.db import db
from eid.errors import Malformed
from eid.events import EntitlementChanged, register_handlers
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson

NOW = "2026-11-10T03:00:00Z"
TODAY = date(2026, 11, 10)
births = st.dates(date(1935, 1, 1), date(2026, 11, 1))
DOSE: dict[str, Any] = {"vaccine": "Cúm mùa", "antigen": "cúm A, B", "dose": 1, "facility": "79-003"}
VISIT: dict[str, Any] = {"facility": "79-003", "reason": "Ho", "icd10": "J06.9", "diagnosis": "Viêm họng cấp"}


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[Any]:
    posted: list[Any] = []
    register_handlers({EntitlementChanged: [posted.append]})
    return posted


def patient(birth_date: date, person_id: int = 5) -> Patient:
    return Patient(person_id, birth_date, "79", "79")


@given(births, st.integers(1, 10**7), st.integers(0, 400))
def test_a_book_only_grows(born: date, person_id: int, months: int) -> None:
    """What stood in it on a day stands in it on every later day."""
    who, later = patient(born, person_id), date(TODAY.year + months // 12, months % 12 + 1, 28)
    for draw in (draw_vaccinations, draw_visits, draw_diseases):
        before, after = set(draw(who, TODAY)), set(draw(who, max(TODAY, later)))
        assert before <= after


@given(births, st.integers(1, 10**7))
def test_everything_happens_after_birth_and_by_today_and_bears_codes(born: date, person_id: int) -> None:
    who = patient(born, person_id)
    assert all(born <= each.given_on <= TODAY for each in draw_vaccinations(who, TODAY))
    assert all(born < each.came_on <= each.left_on <= TODAY for each in draw_visits(who, TODAY))
    codes = [*(each.icd10 for each in draw_visits(who, TODAY)), *(each.icd10 for each in draw_diseases(who, TODAY))]
    assert all(ICD10.fullmatch(code) for code in codes)


def test_nearly_every_child_is_given_the_doses_of_the_programme_when_due() -> None:
    born = date(2024, 8, 1)
    due = [planned for planned in CHILDREN if due_on(planned, born) < date(2026, 7, 15)]
    given_doses = [len(draw_vaccinations(patient(born, person_id), date(2026, 7, 31))) for person_id in range(300)]
    assert len(due) == 17
    assert 0.92 * len(due) < sum(given_doses) / 300 < 0.98 * len(due)


def test_visits_come_at_the_national_rate() -> None:
    visits = [draw_visits(patient(date(1990, 1, 1), person_id), date(2026, 12, 31)) for person_id in range(400)]
    assert 1.9 < sum(map(len, visits)) / 400 / 2 < 2.5


def test_a_facility_adds_a_dose_and_signs_it(add_person: AddPerson, changes: list[Any]) -> None:
    person = add_person()
    record_health_insurance(person.id)
    before = find_health_record(person.id)
    found = enter_vaccination(person.pin, **DOSE)
    [added] = [each for each in found.vaccinations if each not in before.vaccinations]
    assert (added.vaccine, added.dose, added.given_on, added.facility.code) == ("Cúm mùa", 1, TODAY, "79-003")
    assert added.facility.name.startswith("Bệnh viện")
    assert found.updated_at.isoformat() == "2026-11-10T03:00:00+00:00"
    assert re.fullmatch("00[0-9]{8}", found.insurance_number or "")
    assert changes == [EntitlementChanged(person.id, HEALTH_RECORD, "valid")]


def test_a_facility_adds_a_visit_and_only_the_newest_are_told(add_person: AddPerson) -> None:
    person = add_person()
    for _ in range(VISITS_TOLD):
        found = enter_visit(person.pin, **VISIT, drugs=[Drug("Paracetamol 500 mg", "ngày 3 viên")])
    assert len(found.visits) == VISITS_TOLD
    assert {(each.icd10, each.kind, each.drugs[0].name) for each in found.visits} == {
        ("J06.9", "outpatient", "Paracetamol 500 mg")
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"facility": "79-1"}, "facility"), ({"icd10": "flu"}, "icd10"), ({"reason": " "}, "text"),
     ({"diagnosis": "x" * 121}, "text"), ({"came_on": date(1980, 1, 1)}, "health_date"),
     ({"left_on": date(2026, 11, 11)}, "health_date")],
)  # fmt: skip
def test_a_visit_that_cannot_be_is_refused(add_person: AddPerson, changed: dict[str, Any], code: str) -> None:
    person = add_person()
    with pytest.raises(Malformed) as refused:
        enter_visit(person.pin, **VISIT | changed)
    assert refused.value.code == code


@pytest.mark.parametrize(("changed", "code"), [({"dose": 11}, "dose"), ({"given_on": date(2027, 1, 1)}, "health_date")])
def test_a_dose_that_cannot_be_is_refused(add_person: AddPerson, changed: dict[str, Any], code: str) -> None:
    person = add_person()
    with pytest.raises(Malformed) as refused:
        enter_vaccination(person.pin, **DOSE | changed)
    assert refused.value.code == code


def test_a_childs_book_names_who_speaks_for_it_and_ends_with_a_death(add_person: AddPerson, changes: list[Any]) -> None:
    father, child = add_person(), add_person(birth_date=date(2020, 5, 17), commit=False)
    child.father_id = father.id
    db.session.commit()
    assert find_health_record(child.id).legal_representative == father.full_name
    assert find_health_record(father.id).legal_representative is None
    register_death(child.pin, died_on=date(2026, 11, 9))
    assert find_health_record(child.id).state == "invalid"
