"""Tax registrations: the code is the PIN, a child counts once, and what becomes of the child becomes of the paper."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from flask import Flask

from eid.agencies.service import end_entitlements_of_dead
from eid.agencies.taxes import (
    add_tax_dependant,
    find_tax_registration,
    register_taxpayer,
    remove_tax_dependant,
    tell_taxpayer_of_new_pin,
)
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, PinReplaced, post_event, register_handlers
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson, keeping

NOW = "2026-01-10T03:00:00Z"
CHILD = date(2010, 5, 17)


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    posted: list[EntitlementChanged] = []
    register_handlers(
        {
            EntitlementChanged: [keeping(posted, "tax")],
            PersonDied: [end_entitlements_of_dead],
            PinReplaced: [tell_taxpayer_of_new_pin],
        }
    )
    return posted


def test_the_tax_code_is_the_pin(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    registered = register_taxpayer(person.pin)
    assert (registered.tax_code, registered.state, registered.dependants) == (person.pin, "valid", ())
    assert changes == [EntitlementChanged(person.id, "tax", "valid")]
    with pytest.raises(Conflict) as twice:
        register_taxpayer(person.pin)
    assert twice.value.code == "taxpayer_registered"


def test_a_child_counts_for_one_taxpayer_until_eighteen(add_person: AddPerson) -> None:
    one, other, child = add_person(), add_person(), add_person(birth_date=CHILD)
    with time_machine.travel(NOW, tick=False):
        register_taxpayer(one.pin)
        register_taxpayer(other.pin)
        [counted] = add_tax_dependant(one.pin, child.pin).dependants
        assert (counted.tax_code, counted.since) == (child.pin, date(2026, 1, 10))
        with pytest.raises(Conflict) as twice:
            add_tax_dependant(other.pin, child.pin)
        assert twice.value.code == "dependant_counted"
        with pytest.raises(Conflict) as grown_up:
            add_tax_dependant(one.pin, other.pin)
        assert grown_up.value.code == "dependant_age"
    with time_machine.travel("2028-05-16T03:00:00Z", tick=False):
        assert len(find_tax_registration(one.id).dependants) == 1
    with time_machine.travel("2028-05-17T03:00:00Z", tick=False):
        assert find_tax_registration(one.id).dependants == ()


def test_a_dependant_can_be_taken_away_and_counted_for_somebody_else(add_person: AddPerson) -> None:
    one, other, child = add_person(), add_person(), add_person(birth_date=CHILD)
    with time_machine.travel(NOW, tick=False):
        register_taxpayer(one.pin)
        register_taxpayer(other.pin)
        add_tax_dependant(one.pin, child.pin)
        assert remove_tax_dependant(child.pin).dependants == ()
        assert len(add_tax_dependant(other.pin, child.pin).dependants) == 1
        with pytest.raises(NotFound):
            remove_tax_dependant(one.pin)


def test_what_becomes_of_a_dependant_is_told_to_the_taxpayers_papers(
    add_person: AddPerson, changes: list[EntitlementChanged]
) -> None:
    parent, child = add_person(), add_person(birth_date=CHILD)
    with time_machine.travel(NOW, tick=False):
        register_taxpayer(parent.pin)
        add_tax_dependant(parent.pin, child.pin)
        changes.clear()
        post_event(PinReplaced(child.id))
        db.session.commit()
        register_death(child.pin, died_on=date(2026, 1, 9))
        assert changes == [EntitlementChanged(parent.id, "tax", "valid")] * 2
        assert find_tax_registration(parent.id).dependants == ()


def test_a_death_ends_the_registration_and_frees_its_dependants(
    add_person: AddPerson, changes: list[EntitlementChanged]
) -> None:
    parent, other, child = add_person(), add_person(), add_person(birth_date=CHILD)
    with time_machine.travel(NOW, tick=False):
        register_taxpayer(parent.pin)
        register_taxpayer(other.pin)
        add_tax_dependant(parent.pin, child.pin)
        changes.clear()
        register_death(parent.pin, died_on=date(2026, 1, 9))
        assert find_tax_registration(parent.id).state == "invalid"
        assert changes == [EntitlementChanged(parent.id, "tax", "invalid")]
        assert len(add_tax_dependant(other.pin, child.pin).dependants) == 1
