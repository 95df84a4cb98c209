"""Disability, poor households and merit: decided, ended, and in agreement with the group of the health insurance card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.agencies.disability import certify_disability, find_disability, withdraw_disability
from eid.agencies.entitlement_models import DisabilityCertificate, MeritRecognition, PovertyMember
from eid.agencies.entitlement_rules import ALLOWANCE_DEGREES
from eid.agencies.entitlement_synthesis import disability_of, fit_group, poverty_of
from eid.agencies.insurance import find_object_codes
from eid.agencies.merit import find_merit, recognise_merit, withdraw_merit
from eid.agencies.poverty import certify_poor_household, end_poor_household, find_poverty
from eid.agencies.service import end_entitlements_of_dead, load_agency_data
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.loading import load_population
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
        {
            EntitlementChanged: [keeping(posted, "disability", "poverty", "merit")],
            PersonDied: [end_entitlements_of_dead],
        }
    )
    return posted


@pytest.fixture
def family(add_person: AddPerson) -> list[Person]:
    """Three people of one household."""
    people = [add_person(), add_person(), add_person(birth_date=date(2015, 3, 4))]
    for person in people[1:]:
        person.household_id = people[0].household_id
    db.session.commit()
    return people


def test_a_disability_is_certified_anew_and_withdrawn(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    certify_disability(person.pin, kinds=("sight", "sight", "mobility"), degree="severe")
    found = certify_disability(person.pin, kinds=("sight",), degree="mild")
    assert (found.kinds, found.degree, found.state) == (("sight",), "mild", "valid")
    assert withdraw_disability(person.pin).state == "invalid"
    assert changes == [EntitlementChanged(person.id, "disability", state) for state in ("valid", "valid", "invalid")]


@pytest.mark.parametrize(
    ("kinds", "degree", "code"),
    [
        ((), "mild", "disability_kind"),
        (("luck",), "mild", "disability_kind"),
        (("sight",), "much", "disability_degree"),
    ],
)
def test_kinds_and_degrees_are_those_of_the_law(
    add_person: AddPerson, kinds: tuple[str, ...], degree: str, code: str
) -> None:
    """Law on Persons with Disabilities 51/2010/QH12, article 3."""
    with pytest.raises(Malformed) as refusal:
        certify_disability(add_person().pin, kinds=kinds, degree=degree)
    assert refusal.value.code == code


def test_merit_is_recognised_and_withdrawn(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    assert recognise_merit(person.pin, kind="sick_soldier").kind == "sick_soldier"
    assert withdraw_merit(person.pin).state == "invalid"
    assert changes == [EntitlementChanged(person.id, "merit", state) for state in ("valid", "invalid")]
    with pytest.raises(Malformed) as refusal:
        recognise_merit(person.pin, kind="fame")
    assert refusal.value.code == "merit_kind"


def test_a_household_is_poor_as_a_whole_until_the_end_of_the_year(
    family: list[Person], changes: list[EntitlementChanged]
) -> None:
    certify_poor_household(family[1].pin, kind="near_poor")
    for person in family:
        found = find_poverty(person.id)
        assert (found.kind, found.valid_to, found.state) == ("near_poor", date(2026, 12, 31), "valid")
        assert len(found.members) == 3
    assert changes == [EntitlementChanged(person.id, "poverty", "valid") for person in family]
    with pytest.raises(Conflict) as twice:
        certify_poor_household(family[0].pin, kind="poor")
    assert twice.value.code == "household_certified"
    db.session.rollback()
    with time_machine.travel("2027-01-01T03:00:00Z", tick=False):
        assert find_poverty(family[0].id).state == "invalid"
        assert certify_poor_household(family[0].pin, kind="poor").kind == "poor"
        assert end_poor_household(family[0].pin).state == "invalid"
        with pytest.raises(Conflict) as over:
            end_poor_household(family[0].pin)
        assert over.value.code == "household_not_certified"


def test_a_death_ends_what_was_the_deads_and_takes_the_name_off_the_household(
    family: list[Person], changes: list[EntitlementChanged]
) -> None:
    dead, *others = family
    certify_disability(dead.pin, kinds=("sight",), degree="mild")
    recognise_merit(dead.pin, kind="war_invalid")
    certify_poor_household(dead.pin, kind="poor")
    changes.clear()
    register_death(dead.pin, died_on=TODAY)
    assert (find_disability(dead.id).state, find_merit(dead.id).state) == ("invalid", "invalid")
    with pytest.raises(NotFound) as gone:
        find_poverty(dead.id)
    assert gone.value.code == "paper_unknown"
    assert len(find_poverty(others[0].id).members) == 2
    expected = [EntitlementChanged(dead.id, paper, "invalid") for paper in ("disability", "poverty", "merit")]
    expected += [EntitlementChanged(other.id, "poverty", "valid") for other in others]
    assert sorted(changes, key=repr) == sorted(expected, key=repr)


def test_groups_of_insurance_and_entitlements_agree_of_everybody(app: Flask) -> None:
    """A register of households: whoever is insured as poor is named as such, and so on, in both directions."""
    load_population(people=1500, seed=11)
    load_agency_data(seed=11)
    codes = find_object_codes(0, 10**9)
    poor = set(db.session.scalars(select(PovertyMember.person_id)))
    disabled = {row.person_id: row.degree for row in db.session.scalars(select(DisabilityCertificate))}
    merit = {row.person_id: row.kind for row in db.session.scalars(select(MeritRecognition))}
    homes = {row.id: row.household_id for row in db.session.execute(select(Person.id, Person.household_id))}
    assert poor == {person for person, home in homes.items() if poverty_of(home) is not None}
    assert {person for person, code in codes.items() if code in ("HN", "CN")} <= poor
    assert set(merit) == {person for person, code in codes.items() if code in ("CC", "CK", "TS", "TC")}
    for person, code in codes.items():
        if code in ("HN", "CN"):
            assert code == {"poor": "HN", "near_poor": "CN"}[find_poverty(person).kind]
        if code in ("GD", "GB", "HS", "SV"):
            assert person not in poor
            assert disabled.get(person) not in ALLOWANCE_DEGREES
    assert 0.02 < len(disabled) / len(codes) < 0.04


@pytest.mark.parametrize(
    ("drawn", "fits"),
    [("HN", "GD"), ("GD", "GD"), ("DN", "DN"), ("TE", "TE")],
)
def test_whoever_is_neither_poor_nor_disabled_is_not_insured_as_such(drawn: str, fits: str) -> None:
    plain: dict[str, Any] = {
        "person_id": next(n for n in range(1000, 1100) if disability_of(n) is None),
        "household_id": next(n for n in range(1000, 1100) if poverty_of(n) is None),
    }
    assert fit_group(drawn, age=40, **plain) == fits


def test_shares_of_poor_households_are_those_of_the_review() -> None:
    found = [poverty_of(number) for number in range(1, 100_001)]
    assert found.count("poor") == pytest.approx(2930, abs=20)  # type: ignore[arg-type]
    assert found.count("near_poor") == pytest.approx(2780, abs=20)  # type: ignore[arg-type]
