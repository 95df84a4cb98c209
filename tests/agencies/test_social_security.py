"""The account for social payments: one a person, in their name, and forgotten when it is unlinked."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.agencies.service import end_entitlements_of_dead, load_agency_data
from eid.agencies.social_security import (
    find_linked_account,
    link_social_security_account,
    unlink_social_security_account,
)
from eid.agencies.social_security_models import SocialSecurityAccount
from eid.agencies.social_security_rules import INSTITUTIONS, mask_number
from eid.audit import AuditEntry
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.models import Person
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson, keeping

NUMBER = "190 0012.34567"
DIGITS = "19000123" + "4567"


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    posted: list[EntitlementChanged] = []
    register_handlers({EntitlementChanged: [keeping(posted, "wallet")], PersonDied: [end_entitlements_of_dead]})
    return posted


def link(person: Person, institution: str = "bank-07", number: str = NUMBER, name: str = "") -> str:
    linked = link_social_security_account(
        person.id, institution=institution, number=number, name=name or person.full_name
    )
    return linked.account_masked


def test_there_are_as_many_institutions_as_in_life() -> None:
    assert len(INSTITUTIONS) == 32


def test_one_account_is_linked_replaced_and_forgotten(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    assert link(person) == "••••••••4567"
    assert link(person, "wallet-01", "0100000102", "  TRAN  VAN MINH ") == "••••••0102"
    assert db.session.scalar(select(func.count()).select_from(SocialSecurityAccount)) == 1
    unlink_social_security_account(person.id)
    assert find_linked_account(person.id) is None
    assert changes == [EntitlementChanged(person.id, "wallet", state) for state in ("valid", "valid", "invalid")]
    with pytest.raises(NotFound) as nothing:
        unlink_social_security_account(person.id)
    assert nothing.value.code == "paper_unknown"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"institution": "bank-99"}, "institution_unknown"),
        ({"number": "12345"}, "account_number"),
        ({"number": "1" * 20}, "account_number"),
        ({"number": "12345678x"}, "account_number"),
        ({"number": "1234560000"}, "account_unknown"),
        ({"name": "Trần Văn Nam"}, "account_name_differs"),
    ],
)
def test_what_the_institution_does_not_confirm_is_not_linked(
    add_person: AddPerson, changed: dict[str, str], code: str
) -> None:
    person = add_person()
    link(person)
    with pytest.raises((Conflict, Malformed)) as refusal:
        link(person, **changed)
    assert refusal.value.code == code
    db.session.rollback()
    linked = find_linked_account(person.id)
    assert linked is not None
    assert linked.account_number == DIGITS


def test_the_log_has_no_number(add_person: AddPerson) -> None:
    link(add_person())
    for entry in db.session.scalars(select(AuditEntry)):
        assert "4567" not in f"{entry.details}"


def test_a_death_ends_the_link(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person(birth_date=date(1950, 2, 3))
    link(person)
    changes.clear()
    register_death(person.pin, died_on=world_today())
    assert find_linked_account(person.id) is None
    assert changes == [EntitlementChanged(person.id, "wallet", "invalid")]


def test_a_few_grown_ups_of_the_register_have_one_in_their_name(
    register: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eid.agencies.social_security_loading.SHARE", 0.2)
    load_agency_data(seed=1)
    people = {person.id: person for person in register}
    rows = db.session.scalars(select(SocialSecurityAccount)).all()
    assert 20 < len(rows) < 100
    for row in rows:
        assert row.account_holder == people[row.person_id].folded_name
        assert people[row.person_id].birth_date.year <= world_today().year - 18
        assert row.institution in INSTITUTIONS


def test_a_mask_keeps_the_length_and_four_digits() -> None:
    assert mask_number("123456") == "••3456"
