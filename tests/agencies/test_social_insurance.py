"""Social insurance: an employer begins and ends a period, a month counts once, and who works has periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.agencies.models import HealthInsurance
from eid.agencies.service import end_entitlements_of_dead, load_agency_data
from eid.agencies.social_insurance import (
    begin_contribution_period,
    end_contribution_period,
    find_social_insurance,
    pay_contribution,
)
from eid.agencies.social_insurance_models import ContributionPeriodRow, SocialInsurance
from eid.agencies.social_insurance_rules import HIGHEST_BASE, REFERENCE_LEVEL, count_months
from eid.agencies.social_insurance_synthesis import EMPLOYED, draw_social_insurance
from eid.agencies.synthesis import Resident, number_of
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.models import Person
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson, keeping

TODAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel("2026-11-10T03:00:00Z", tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    posted: list[EntitlementChanged] = []
    register_handlers(
        {EntitlementChanged: [keeping(posted, "social_insurance")], PersonDied: [end_entitlements_of_dead]}
    )
    return posted


def begin(pin: str, monthly_base: int = 8_000_000) -> None:
    begin_contribution_period(pin, employer="Công ty Mẫu", employer_code="MAU790001", monthly_base=monthly_base)


def test_an_employer_begins_pays_and_ends(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    begin(person.pin)
    paid = pay_contribution(person.pin, date(2026, 11, 1))
    assert (paid.number, paid.years, paid.months, paid.unemployment_months) == (number_of(person.id), 0, 1, 1)
    ended = end_contribution_period(person.pin)
    assert [(period.from_month, period.to_month) for period in ended.periods] == [(date(2026, 11, 1),) * 2]
    assert changes == [EntitlementChanged(person.id, "social_insurance", "valid")] * 3


def test_months_add_up_to_years(add_person: AddPerson) -> None:
    person = add_person()
    with time_machine.travel("2025-01-10T03:00:00Z", tick=False):
        begin(person.pin)
    for month in range(1, 13):
        pay_contribution(person.pin, date(2025, month, 1))
    found = pay_contribution(person.pin, date(2026, 2, 1))  # January was never paid
    assert (found.total_months, found.years, found.months) == (13, 1, 1)


def test_a_month_counts_once_and_only_where_it_may(add_person: AddPerson) -> None:
    person = add_person()
    begin(person.pin)
    pay_contribution(person.pin, date(2026, 11, 1))
    with pytest.raises(Conflict) as twice:
        pay_contribution(person.pin, date(2026, 11, 1))
    assert twice.value.code == "contribution_paid"
    for month in (date(2026, 10, 1), date(2026, 12, 1), date(2026, 11, 2)):
        db.session.rollback()
        with pytest.raises(Malformed) as refusal:
            pay_contribution(person.pin, month)
        assert refusal.value.code == "contribution_month"


def test_there_is_one_employer_at_a_time(add_person: AddPerson) -> None:
    person, stranger = add_person(), add_person()
    begin(person.pin)
    with pytest.raises(Conflict) as second:
        begin(person.pin)
    assert second.value.code == "period_open"
    db.session.rollback()
    end_contribution_period(person.pin)
    with pytest.raises(Conflict) as over:
        pay_contribution(person.pin, date(2026, 11, 1))
    assert over.value.code == "period_none"
    with pytest.raises(NotFound) as unknown:
        end_contribution_period(stranger.pin)
    assert unknown.value.code == "paper_unknown"


@pytest.mark.parametrize("base", [REFERENCE_LEVEL - 1, HIGHEST_BASE + 1])
def test_salaries_that_do_not_count_are_refused(add_person: AddPerson, base: int) -> None:
    with pytest.raises(Malformed) as refusal:
        begin(add_person().pin, base)
    assert refusal.value.code == "salary_base"


def test_a_death_ends_participation(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    begin(person.pin)
    changes.clear()
    register_death(person.pin, died_on=TODAY)
    assert find_social_insurance(person.id).state == "invalid"
    assert changes == [EntitlementChanged(person.id, "social_insurance", "invalid")]


def test_whoever_an_employer_insures_has_a_period_that_goes_on(register: list[Person]) -> None:
    load_agency_data(seed=1)
    codes = dict(db.session.execute(select(HealthInsurance.person_id, HealthInsurance.object_code)).all())  # type: ignore[arg-type]
    running = set(
        db.session.scalars(select(ContributionPeriodRow.person_id).where(ContributionPeriodRow.to_month.is_(None)))
    )
    employed = {person for person, code in codes.items() if code in EMPLOYED}
    assert running <= employed
    assert len(running) > 0.85 * len(employed)  # who turned 19 this year has just begun
    everybody = set(db.session.scalars(select(SocialInsurance.person_id)))
    assert 0.2 < len(everybody) / len(register) < 0.6


@pytest.mark.parametrize("code", ["DN", "HT", "TN", "GD", "TE", None])
def test_periods_follow_each_other_and_no_more_is_paid_than_they_have(code: str | None) -> None:
    rng = Random(3)
    for person_id in range(1000, 1200):
        born = date(1940 + person_id % 68, 3, 5)
        drawn = draw_social_insurance(Resident(person_id, born, "F", "Kinh", "79"), code, today=TODAY, rng=rng)
        if drawn is None:
            continue
        assert code not in ("TE", None)
        starts = [period["from_month"] for period in drawn.periods]
        assert starts == sorted(starts)
        for period, following in zip(drawn.periods, [*drawn.periods[1:], None], strict=True):
            until = period["to_month"] or TODAY
            assert period["from_month"] <= until < (following["from_month"] if following else date.max)
            assert 0 <= period["months_paid"] <= count_months(period["from_month"], until)
            assert period["from_month"].year - born.year >= 18
        assert (drawn.periods[-1]["to_month"] is None) == (code in EMPLOYED)
