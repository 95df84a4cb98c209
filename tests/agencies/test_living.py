"""What agencies do as days go by: cards are renewed, points are lost, cars are sold, and no day is lived twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eid.agencies.entitlement_models import PovertyCertificate
from eid.agencies.insurance import find_health_insurance, record_health_insurance, renew_health_insurance
from eid.agencies.insurance_terms import renewed_term
from eid.agencies.living import catch_up_agencies
from eid.agencies.models import DrivingLicence, HealthInsurance, InsuranceStatus, LicencePointsEntry, Vehicle
from eid.agencies.residence_models import TemporaryResidence
from eid.agencies.service import load_agency_data
from eid.agencies.social_insurance_models import ContributionPeriodRow, SocialInsurance
from eid.audit import AuditEntry
from eid.db import db
from eid.events import EntitlementsChanged, register_handlers
from eid.population.models import Person
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
    register_handlers({EntitlementsChanged: [posted.append]})
    return posted


def count_insured(on: date) -> int:
    rows = db.session.execute(select(HealthInsurance.valid_from, HealthInsurance.valid_to, HealthInsurance.status))
    return sum(
        status == InsuranceStatus.VALID and start <= on and (end is None or on <= end) for start, end, status in rows
    )


def test_two_years_later_nearly_as_many_are_insured(register: list[Person], changes: list[Any]) -> None:
    load_agency_data(seed=1)
    before = count_insured(TODAY)
    with time_machine.travel("2028-11-10T03:00:00Z", tick=False):
        assert count_insured(date(2028, 11, 10)) < 0.8 * before
        catch_up_agencies()
        assert count_insured(date(2028, 11, 10)) > 0.93 * before
        assert {change.paper for change in changes} >= {"health_insurance", "driving_licence"}
        grown_up = [
            person.id
            for person in register
            if person.birth_date < date(2008, 9, 1) and person.birth_date > date(2007, 1, 1)
        ]
        codes = {find_health_insurance(i).object_code for i in grown_up if db.session.get(HealthInsurance, i)}
        assert "HS" not in codes


def test_what_falls_due_is_done_once(register: list[Person], changes: list[Any]) -> None:
    load_agency_data(seed=1)
    with time_machine.travel("2027-11-10T03:00:00Z", tick=False):
        catch_up_agencies()
        lived = db.session.scalar(select(func.count()).where(AuditEntry.act == "live_agencies"))
        state = [(row.person_id, row.valid_to) for row in db.session.scalars(select(HealthInsurance))]
        changes.clear()
        catch_up_agencies()
        assert changes == []
        assert db.session.scalar(select(func.count()).where(AuditEntry.act == "live_agencies")) == lived == 13
        assert [(row.person_id, row.valid_to) for row in db.session.scalars(select(HealthInsurance))] == state


def test_employers_pay_each_month_once_and_most_poor_households_stay_so(
    register: list[Person], changes: list[Any]
) -> None:
    load_agency_data(seed=1)
    before = {row.id: row for row in _describe(ContributionPeriodRow)}
    counted = {row.person_id: row.unemployment_months for row in _describe(SocialInsurance)}
    poor = len([row for row in _describe(PovertyCertificate) if row.valid_to == date(2026, 12, 31)])
    with time_machine.travel("2027-02-10T03:00:00Z", tick=False):
        catch_up_agencies()
        db.session.expire_all()
        running = [row for row in _describe(ContributionPeriodRow) if row.to_month is None]
        assert len(running) > 20
        for row in running:
            assert row.paid_through == date(2027, 1, 1)
            assert row.months_paid - before[row.id].months_paid in (2, 3)
        one = running[0]
        more = one.months_paid - before[one.id].months_paid
        assert db.session.get_one(SocialInsurance, one.person_id).unemployment_months == counted[one.person_id] + more
        still = [row for row in _describe(PovertyCertificate) if row.valid_to == date(2027, 12, 31)]
        assert 0 < len(still) <= poor
        assert "social_insurance" in {change.paper for change in changes}


def test_points_are_lost_and_vehicles_come_and_go(register: list[Person]) -> None:
    load_agency_data(seed=1)
    entries = db.session.scalar(select(func.count(LicencePointsEntry.id))) or 0
    vehicles = set(db.session.scalars(select(Vehicle.id)))
    licences = db.session.scalar(select(func.count(DrivingLicence.person_id))) or 0
    with time_machine.travel("2030-11-10T03:00:00Z", tick=False):
        catch_up_agencies()
        decided = (db.session.scalar(select(func.count(LicencePointsEntry.id))) or 0) - entries
        assert 0.1 * licences < decided < 0.4 * licences
        assert set(db.session.scalars(select(Vehicle.id))) > vehicles
        assert {row.status for row in db.session.scalars(select(Vehicle))} >= {"in_use", "transferred"}
        running = [row for row in db.session.scalars(select(TemporaryResidence)) if row.until >= date(2030, 11, 10)]
        assert all(row.registered_on <= date(2030, 11, 10) for row in running)


@pytest.mark.parametrize(
    ("code", "born", "starts_on", "expected"),
    [
        ("TE", date(2020, 5, 17), date(2026, 10, 1), {("HS", date(2027, 9, 30))}),
        ("TE", date(2020, 11, 17), date(2026, 11, 17), {("HS", date(2027, 9, 30))}),
        ("HS", date(2010, 1, 1), date(2026, 10, 1), {("HS", date(2027, 9, 30))}),
        (
            "HS",
            date(2008, 1, 1),
            date(2026, 10, 1),
            {("SV", date(2027, 9, 30)), ("DN", None), ("GD", date(2027, 9, 30))},
        ),
        ("SV", date(2003, 1, 1), date(2026, 10, 1), {("DN", None), ("GD", date(2027, 9, 30))}),
        ("GD", date(1980, 1, 1), date(2026, 3, 1), {("GD", date(2027, 2, 28))}),
    ],
)
def test_a_renewed_card_fits_the_age(code: str, born: date, starts_on: date, expected: set[Any]) -> None:
    drawn = [renewed_term(code, born, starts_on=starts_on, rng=Random(seed)) for seed in range(60)]
    assert {(term.object_code, term.valid_to) for term in drawn} == expected


def test_a_card_is_renewed_from_its_end_or_from_today_where_it_had_ended(add_person: AddPerson) -> None:
    person = add_person()
    record_health_insurance(
        person.id,
        object_code="GD",
        valid_from=date(2025, 12, 1),
        valid_to=date(2026, 11, 30),
        insured_since=date(2020, 1, 1),
    )
    db.session.commit()
    renewed = renew_health_insurance(person.pin)
    assert (renewed.valid_from, renewed.valid_to) == (date(2025, 12, 1), date(2027, 11, 30))
    with time_machine.travel("2028-03-01T03:00:00Z", tick=False):
        again = renew_health_insurance(person.pin)
        assert (again.valid_from, again.five_years_on) == (date(2028, 3, 1), date(2033, 3, 1))


def _describe(table: type[Any]) -> list[SimpleNamespace]:
    """The rows of a table as they are now: later changes do not reach them."""
    names = [column.key for column in table.__table__.columns]
    return [
        SimpleNamespace(**{name: getattr(row, name) for name in names}) for row in db.session.scalars(select(table))
    ]
