"""Children under six: insured when their birth is registered, until the day that the law says, and shown with their parents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask

from eid.agencies.insurance import find_health_insurance, issue_health_insurance, renew_health_insurance
from eid.agencies.newborn_cards import find_newborn_card
from eid.app import HANDLERS
from eid.errors import NotFound
from eid.events import EntitlementChanged, register_handlers
from eid.population.models import Person, Sex
from eid.population.registration import register_birth, register_death
from tests.agencies.conftest import AddPerson, keeping


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel("2026-11-10T03:00:00Z", tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    posted: list[EntitlementChanged] = []
    register_handlers({**HANDLERS, EntitlementChanged: [keeping(posted, "health_insurance", "newborn_card")]})
    return posted


@pytest.fixture
def mother(add_person: AddPerson) -> Person:
    return add_person(sex=Sex.FEMALE, birth_date=date(1995, 2, 3))


def bear(mother: Person, born: date = date(2026, 11, 1), **changes: Any) -> Person:
    given = {"surname": "Trần", "middle_name": "Thị", "given_name": "Na", "sex": Sex.FEMALE, "province": "79"}
    return register_birth(mother_pin=mother.pin, birth_date=born, **(given | changes))


def test_a_newborn_is_insured_with_the_registration_of_its_birth(mother: Person) -> None:
    child = bear(mother)
    insured = find_health_insurance(child.id)
    assert (insured.object_code, insured.fund_share, insured.valid_from) == ("TE", 100, date(2026, 11, 1))
    card = find_newborn_card(child.id)
    assert (card.mother, card.father, card.state) == (mother.full_name, None, "valid")
    assert card.card_code == f"TE179{card.number}"


@pytest.mark.parametrize(
    ("born", "last_day"),
    [
        (date(2026, 3, 15), date(2032, 9, 30)),
        (date(2026, 9, 30), date(2032, 9, 30)),
        (date(2026, 10, 2), date(2032, 10, 1)),
        (date(2024, 2, 29), date(2030, 9, 30)),
    ],
)
def test_the_card_holds_for_72_months_or_until_30_september_of_that_year(
    mother: Person, born: date, last_day: date
) -> None:
    """Law on Health Insurance, article 16: until the child is 72 months old, and 30 September where school has not begun."""
    child = bear(mother, born)
    assert find_newborn_card(child.id).valid_to == last_day
    with time_machine.travel(f"{last_day}T03:00:00Z", tick=False):
        assert find_newborn_card(child.id).state == "valid"
        assert find_health_insurance(child.id).state == "valid"
    with time_machine.travel(f"{last_day}T18:00:00Z", tick=False):  # it is the next day in Vietnam
        assert find_newborn_card(child.id).state == "invalid"


def test_whoever_is_registered_too_late_is_not_insured_as_a_small_child(mother: Person) -> None:
    child = bear(mother, date(2020, 9, 30))
    with pytest.raises(NotFound) as nothing:
        find_health_insurance(child.id)
    assert nothing.value.code == "paper_unknown"


def test_a_grown_up_has_no_such_card(mother: Person) -> None:
    issue_health_insurance(mother.pin, object_code="DN")
    with pytest.raises(NotFound) as nothing:
        find_newborn_card(mother.id)
    assert nothing.value.code == "paper_unknown"


def test_a_death_ends_both_papers(mother: Person, changes: list[EntitlementChanged]) -> None:
    child = bear(mother)
    changes.clear()
    register_death(child.pin, died_on=date(2026, 11, 9))
    assert find_newborn_card(child.id).state == "invalid"
    assert [each.paper for each in changes] == ["health_insurance", "newborn_card"]


def test_the_next_card_of_a_child_ends_the_first(mother: Person, changes: list[EntitlementChanged]) -> None:
    child = bear(mother)
    changes.clear()
    with time_machine.travel("2032-11-10T03:00:00Z", tick=False):
        assert renew_health_insurance(child.pin, object_code="HS").object_code == "HS"
        assert EntitlementChanged(child.id, "newborn_card", "invalid") in changes
        with pytest.raises(NotFound):
            find_newborn_card(child.id)
