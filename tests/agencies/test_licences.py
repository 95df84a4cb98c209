"""Driving licences as use cases, on real databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.agencies.licences import (
    deduct_licence_points,
    find_driving_licence,
    find_points_history,
    issue_driving_licence,
    record_driving_licence,
    restore_licence_points,
)
from eid.agencies.models import DrivingLicence
from eid.audit import AuditEntry
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, register_handlers
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson

NOW = "2026-01-10T03:00:00Z"


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    """What is posted about entitlements from here on."""
    posted: list[EntitlementChanged] = []
    register_handlers({EntitlementChanged: [posted.append]})
    return posted


def test_a_licence_is_issued_with_twelve_points(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False):
        licence = issue_driving_licence(person.pin, classes=["A1", "B"], officer="7")
    assert (licence.points, licence.may_drive, licence.state) == (12, True, "valid")
    assert [(held.licence_class, held.expires_on) for held in licence.classes] == [
        ("A1", None),
        ("B", date(2036, 1, 10)),
    ]
    assert licence.number.startswith("99026")
    assert changes == [EntitlementChanged(person.id, "driving_licence", "valid")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "issue_driving_licence")).one()
    assert (entry.actor, entry.person_id) == ("7", person.id)


def test_a_licence_is_refused_to_whoever_is_too_young(add_person: AddPerson) -> None:
    person = add_person(birth_date=date(2008, 1, 11))
    with time_machine.travel(NOW, tick=False), pytest.raises(Conflict) as refusal:
        issue_driving_licence(person.pin, classes=["A1"])
    assert refusal.value.code == "licence_age"
    db.session.rollback()
    with pytest.raises(NotFound):
        find_driving_licence(person.id)


def test_nobody_gets_a_second_licence(add_person: AddPerson) -> None:
    person = add_person()
    issue_driving_licence(person.pin)
    with pytest.raises(Conflict) as refusal:
        issue_driving_licence(person.pin)
    assert refusal.value.code == "licence_held"


def test_the_dead_get_no_licence(add_person: AddPerson) -> None:
    person = add_person()
    register_death(person.pin, died_on=date(2026, 1, 2))
    with pytest.raises(Conflict) as refusal:
        issue_driving_licence(person.pin)
    assert refusal.value.code == "person_dead"


def test_a_decision_takes_points_and_is_counted_once(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    issue_driving_licence(person.pin)
    assert deduct_licence_points(person.pin, 4, decision="QĐ-1").points == 8
    with pytest.raises(Conflict) as refusal:
        deduct_licence_points(person.pin, 4, decision="QĐ-1")
    assert refusal.value.code == "decision_counted"
    assert find_driving_licence(person.id).points == 8
    assert [(entry.change, entry.left) for entry in find_points_history(person.id)] == [(-4, 8)]
    assert [change.status for change in changes] == ["valid", "valid"]


def test_a_licence_without_points_may_not_be_driven_with_until_a_test_is_passed(
    add_person: AddPerson, changes: list[EntitlementChanged]
) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False) as clock:
        issue_driving_licence(person.pin)
        deduct_licence_points(person.pin, 10, decision="QĐ-1")
        lost = deduct_licence_points(person.pin, 6, decision="QĐ-2")
        assert (lost.points, lost.may_drive, lost.state) == (0, False, "suspended")
        assert [entry.change for entry in find_points_history(person.id)] == [-2, -10]
        with pytest.raises(Conflict) as refusal:
            restore_licence_points(person.pin, decision="KT-1")
        assert refusal.value.code == "test_too_early"
        clock.shift(timedelta(days=400))
        assert find_driving_licence(person.id).points == 0
        regained = restore_licence_points(person.pin, decision="KT-1")
        assert (regained.points, regained.may_drive, regained.state) == (12, True, "valid")
    assert [change.status for change in changes] == ["valid", "valid", "suspended", "valid"]


def test_points_come_back_when_twelve_months_pass(add_person: AddPerson) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False) as clock:
        issue_driving_licence(person.pin)
        deduct_licence_points(person.pin, 2, decision="QĐ-1")
        clock.shift(timedelta(days=364))
        assert find_driving_licence(person.id).points == 10
        clock.shift(timedelta(days=1))
        assert find_driving_licence(person.id).points == 12


def test_a_licence_suspended_for_another_reason_stays_so_when_points_are_taken(add_person: AddPerson) -> None:
    person = add_person()
    issue_driving_licence(person.pin)
    db.session.get_one(DrivingLicence, person.id).status = "suspended"  # type: ignore[assignment]
    db.session.commit()
    assert deduct_licence_points(person.pin, 2, decision="QĐ-1").state == "suspended"


def test_a_licence_whose_only_class_expired_may_not_be_driven_with(add_person: AddPerson) -> None:
    person = add_person()
    with time_machine.travel(NOW, tick=False) as clock:
        issue_driving_licence(person.pin, classes=["C"])
        clock.shift(timedelta(days=5 * 366))
        assert find_driving_licence(person.id).may_drive is False


@pytest.mark.parametrize("points", [0, 13, -4])
def test_a_decision_of_no_or_too_many_points_changes_nothing(add_person: AddPerson, points: int) -> None:
    person = add_person()
    issue_driving_licence(person.pin)
    with pytest.raises(Malformed) as refusal:
        deduct_licence_points(person.pin, points, decision="QĐ-1")
    assert refusal.value.code == "points"
    db.session.rollback()
    assert find_driving_licence(person.id).points == 12


def test_no_points_are_taken_from_a_licence_that_is_not_there_or_was_revoked(add_person: AddPerson) -> None:
    person = add_person()
    with pytest.raises(NotFound) as unknown:
        deduct_licence_points(person.pin, 2, decision="QĐ-1")
    assert unknown.value.code == "paper_unknown"
    issue_driving_licence(person.pin)
    register_death(person.pin, died_on=date(2026, 1, 2))
    with pytest.raises(Conflict) as revoked:
        deduct_licence_points(person.pin, 2, decision="QĐ-1")
    assert revoked.value.code == "licence_revoked"


def test_a_recorded_licence_keeps_the_points_that_it_is_given(add_person: AddPerson) -> None:
    person = add_person()
    record_driving_licence(person.id, points=2)
    db.session.commit()
    licence = find_driving_licence(person.id)
    assert (licence.points, licence.may_drive) == (2, True)
    assert [entry.left for entry in find_points_history(person.id)] == [2]
