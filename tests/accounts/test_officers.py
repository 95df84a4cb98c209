"""What an officer's role allows, and who appoints whom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, Officer, OfficerRole
from eid.accounts.officers import (
    DUTIES,
    Duty,
    appoint_officer,
    check_duty,
    check_role,
    dismiss_officer,
    find_acting_officer,
    list_officers,
)
from eid.audit import AuditEntry
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refusal, Refused
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount
from tests.accounts.officers import DESK, OTHER_DESK, make_officer

R = OfficerRole


def test_a_role_allows_what_asks_for_it() -> None:
    check_role(Officer(role=R.REVIEWER), R.REVIEWER, R.APPROVER)


@pytest.mark.parametrize("role", [R.DESK, R.HOTLINE])
def test_another_role_does_not(role: OfficerRole) -> None:
    with pytest.raises(Refused) as refused:
        check_role(Officer(role=role), R.REVIEWER, R.APPROVER)
    assert refused.value.code == "officer_role"


@pytest.mark.parametrize(
    ("duty", "roles"),
    [
        (Duty.ANSWER, {R.HOTLINE, R.DESK, R.REVIEWER, R.APPROVER}),
        (Duty.RECEIVE, {R.DESK, R.REVIEWER, R.APPROVER}),
        (Duty.REVIEW, {R.REVIEWER, R.APPROVER}),
        (Duty.DECIDE, {R.APPROVER}),
        (Duty.APPOINT, {R.APPROVER}),
    ],
)
def test_each_duty_has_its_roles(account: Account, duty: Duty, roles: set[OfficerRole]) -> None:
    assert {role for role, duties in DUTIES.items() if duty in duties} == roles
    for number, role in enumerate(R, 1):
        officer = make_officer(role, number=number)
        if role in roles:
            assert check_duty(officer, duty).account_id == officer
            continue
        with pytest.raises(Refused) as refused:
            check_duty(officer, duty)
        assert refused.value.code == "officer_role"


def test_an_approver_appoints_and_dismisses_at_their_own_desk(account: Account, person: Person) -> None:
    approver, pin = make_officer(), person.pin
    appoint_officer(pin, role="reviewer", by=approver)
    assert [(one.person.pin, one.officer.role) for one in list_officers(DESK)][-1] == (pin, R.REVIEWER)
    appoint_officer(pin, role="desk", by=approver)
    assert find_acting_officer(account.id).role == R.DESK
    dismiss_officer(pin, by=approver)
    with pytest.raises(Refused) as over:
        find_acting_officer(account.id)
    assert over.value.code == "officer_only"
    assert person.id not in [one.person.id for one in list_officers(DESK)]
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("%_officer"))).all()
    assert acts == ["appoint_officer", "appoint_officer", "dismiss_officer"]


def refusal_of(**given: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        appoint_officer(**given)
    db.session.rollback()
    return refused.value


def test_nobody_appoints_or_dismisses_themselves(account: Account) -> None:
    approver = make_officer()
    pin = list_officers(DESK)[0].person.pin
    assert refusal_of(pin=pin, role="reviewer", by=approver).code == "self_appointment"
    with pytest.raises(Refused) as refused:
        dismiss_officer(pin, by=approver)
    assert refused.value.code == "self_appointment"


def test_an_approver_of_another_desk_has_no_say_here(account: Account, person: Person) -> None:
    here, elsewhere, pin = make_officer(), make_officer(number=2, place=OTHER_DESK), person.pin
    appoint_officer(pin, role="desk", by=here)
    assert refusal_of(pin=pin, role="approver", by=elsewhere).code == "officer_place"
    assert refusal_of(pin=pin, role="approver", place=DESK, by=elsewhere).code == "officer_place"
    with pytest.raises(Refused) as refused:
        dismiss_officer(pin, by=elsewhere)
    assert refused.value.code == "officer_place"


def test_only_approvers_appoint(account: Account, person: Person) -> None:
    for number, role in enumerate((R.DESK, R.REVIEWER, R.HOTLINE), 1):
        assert refusal_of(pin=person.pin, role="desk", by=make_officer(role, number=number)).code == "officer_role"


def test_the_operator_appoints_whom_no_officer_could(account: Account, person: Person) -> None:
    appoint_officer(person.pin, role="approver", place="  Phường Đầu Tiên ")
    assert (find_acting_officer(account.id).role, find_acting_officer(account.id).place) == (
        R.APPROVER,
        "Phường Đầu Tiên",
    )


@pytest.mark.parametrize(
    ("role", "place", "code"),
    [("boss", DESK, "role_unknown"), ("desk", " ", "place_missing"), ("desk", "x" * 65, "place_missing")],
)
def test_an_appointment_names_a_role_and_a_desk(
    account: Account, person: Person, role: str, place: str, code: str
) -> None:
    refused = refusal_of(pin=person.pin, role=role, place=place)
    assert isinstance(refused, Malformed) and refused.code == code


def test_an_officer_has_an_active_account_of_level_2(make_account: MakeAccount, person: Person) -> None:
    pin = person.pin
    refused = refusal_of(pin=pin, role="desk", place=DESK)
    assert isinstance(refused, NotFound) and refused.code == "account_unknown"
    account = make_account(state=AccountState.APPROVED)
    refused = refusal_of(pin=pin, role="desk", place=DESK)
    assert isinstance(refused, Conflict) and refused.code == "account_approved"
    account.state, account.level = AccountState.ACTIVE, AccountLevel.ONE
    db.session.commit()
    assert refusal_of(pin=pin, role="desk", place=DESK).code == "officer_level"
