"""Health insurance as use cases, on real databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from eid.agencies.insurance import find_health_insurance, issue_health_insurance, record_health_insurance
from eid.agencies.insurance_rules import parse_card_code
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson

NOW = "2026-01-10T03:00:00Z"


def test_somebody_is_insured_from_the_day_of_issue(add_person: AddPerson) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False):
        insurance = issue_health_insurance(person.pin, object_code="DN")
        assert find_health_insurance(person.id) == insurance
    assert parse_card_code(insurance.card_code).number == insurance.number
    assert (insurance.benefit_level, insurance.fund_share, insurance.state) == ("4", 80, "valid")
    assert (insurance.valid_from, insurance.five_years_on) == (date(2026, 1, 10), date(2031, 1, 10))


def test_nobody_is_insured_twice(add_person: AddPerson) -> None:
    person = add_person()
    issue_health_insurance(person.pin, object_code="DN")
    with pytest.raises(Conflict) as refusal:
        issue_health_insurance(person.pin, object_code="GD")
    assert refusal.value.code == "insurance_held"


def test_nobody_is_insured_with_a_group_that_does_not_exist(add_person: AddPerson) -> None:
    person = add_person()
    with pytest.raises(Malformed) as refusal:
        issue_health_insurance(person.pin, object_code="ZZ")
    assert refusal.value.code == "object_code_unknown"
    db.session.rollback()
    with pytest.raises(NotFound) as unknown:
        find_health_insurance(person.id)
    assert unknown.value.code == "paper_unknown"


def test_a_card_lapses_after_its_last_day(add_person: AddPerson) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False) as clock:
        record_health_insurance(person.id, object_code="GD", valid_to=date(2026, 1, 11))
        db.session.commit()
        assert find_health_insurance(person.id).state == "valid"
        clock.shift(timedelta(days=1))
        assert find_health_insurance(person.id).state == "valid"
        clock.shift(timedelta(days=1))
        assert find_health_insurance(person.id).state == "invalid"


def test_insurance_ends_with_its_holder(add_person: AddPerson) -> None:
    person = add_person()
    record_health_insurance(person.id)
    db.session.commit()
    register_death(person.pin, died_on=date(2026, 1, 2))
    assert find_health_insurance(person.id).state == "invalid"
