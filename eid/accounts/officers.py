"""Officers: what each role may do, who is appointed where and by whom, and that nobody appoints themselves.

An officer's appointment ends, but the row stays: what they did keeps their name.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, Officer, OfficerRole
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import find_person

LONGEST_PLACE = 64


class Duty(StrEnum):
    RECEIVE = "receive"
    """Take in what somebody asks for at the desk, and do what is done there at once."""
    ANSWER = "answer"
    """Answer the telephone: call an activation back, lock for a holder who calls."""
    REVIEW = "review"
    DECIDE = "decide"
    APPOINT = "appoint"


DUTIES: dict[OfficerRole, frozenset[Duty]] = {
    OfficerRole.HOTLINE: frozenset({Duty.ANSWER}),
    OfficerRole.DESK: frozenset({Duty.ANSWER, Duty.RECEIVE}),
    OfficerRole.REVIEWER: frozenset({Duty.ANSWER, Duty.RECEIVE, Duty.REVIEW}),
    OfficerRole.APPROVER: frozenset(Duty),
}
"""What an officer of this role may do."""


@frozen
class AppointedOfficer:
    officer: Officer
    person: Person


def check_role(officer: Officer, *roles: OfficerRole) -> None:
    """Raise Refused unless the officer has one of these roles."""
    if officer.role not in roles:
        raise Refused("officer_role", "Your role at the desk does not allow this.", reason=f"{officer.role}")


def check_duty(officer_id: int, duty: Duty) -> Officer:
    """The officer of this account, whose role allows this. Raises Refused: officer_only, officer_role."""
    officer = find_acting_officer(officer_id)
    check_role(officer, *(role for role, duties in DUTIES.items() if duty in duties))
    return officer


def find_acting_officer(account_id: int) -> Officer:
    """What this account may do at the desk. Raises Refused where that is nothing, or nothing any more."""
    officer = db.session.get(Officer, account_id)
    if officer is None or officer.ended_at is not None:
        raise Refused("officer_only", "This page is for officers.")
    return officer


def check_place(officer: Officer, place: str | None) -> None:
    """Raise Refused where something belongs to another desk than the officer's; what belongs to none is everybody's."""
    if place is not None and officer.place != place:
        raise Refused("officer_place", "This belongs to another desk than yours.", reason=f"{officer.place}")


def list_officers(place: str) -> Sequence[AppointedOfficer]:
    """Who works at this desk, by name."""
    found = db.session.execute(
        select(Officer, Person)
        .join(Account, Account.id == Officer.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Officer.place == place, Officer.ended_at.is_(None))
        .order_by(Person.given_name, Person.id)
    )
    return [AppointedOfficer(officer, person) for officer, person in found]


def appoint_officer(pin: str, *, role: str, place: str | None = None, by: int | None = None) -> Officer:
    """The holder of this PIN's account acts as an officer of this role there, from now on; committed.

    `by` is the account of the officer who appoints, for their own desk alone; without one it is the operator, who names the
    place. Raises Malformed: role_unknown, place_missing; NotFound; Refused: officer_role, self_appointment, officer_place;
    Conflict: account_<state>, officer_level, for an account that is not active and of level 2.
    """
    appointing = check_duty(by, Duty.APPOINT) if by is not None else None
    place = (appointing.place if appointing and place is None else place or "").strip()
    if role not in list(OfficerRole):
        raise Malformed("role_unknown", "Choose a role.")
    if not 0 < len(place) <= LONGEST_PLACE:
        raise Malformed("place_missing", "Say at which desk the officer works.")
    if appointing is not None:
        check_place(appointing, place)
    account = _lock_account_of(pin)
    _check_may_be_officer(account, by)
    officer = db.session.get(Officer, account.id)
    if officer is not None and officer.ended_at is None and appointing is not None:
        check_place(appointing, officer.place)
    if officer is None:
        officer = Officer(account_id=account.id)
        db.session.add(officer)
    officer.role, officer.place, officer.ended_at = OfficerRole(role), place, None
    _record("appoint_officer", account, by, role=role, place=place)
    db.session.commit()
    return officer


def dismiss_officer(pin: str, *, by: int | None = None) -> None:
    """The holder of this PIN's account is an officer no longer; committed.

    Raises as appoint_officer, and NotFound: officer_unknown.
    """
    appointing = check_duty(by, Duty.APPOINT) if by is not None else None
    account = _lock_account_of(pin)
    officer = db.session.get(Officer, account.id)
    if officer is None or officer.ended_at is not None:
        raise NotFound("officer_unknown", "This person is not an officer.")
    if appointing is not None:
        check_place(appointing, officer.place)
        _check_not_self(account, by)
    officer.ended_at = wall_now()
    _record("dismiss_officer", account, by, place=officer.place)
    db.session.commit()


def _check_may_be_officer(account: Account, by: int | None) -> None:
    _check_not_self(account, by)
    if account.state != AccountState.ACTIVE:
        raise Conflict(f"account_{account.state}", "The account is not in a state in which this can be done.")
    if account.level != AccountLevel.TWO:
        raise Conflict("officer_level", "An officer needs an account of level 2.")


def _check_not_self(account: Account, by: int | None) -> None:
    if account.id == by:
        raise Refused("self_appointment", "Nobody appoints or dismisses themselves.")


def _lock_account_of(pin: str) -> Account:
    person = find_person(pin)
    query = select(Account).where(Account.person_id == person.id).with_for_update()
    account = db.session.scalar(query.execution_options(populate_existing=True))
    if account is None:
        raise NotFound("account_unknown", "This person has no account.")
    return account


def _record(act: str, account: Account, by: int | None, **details: str) -> None:
    kind = ActorKind.SYSTEM if by is None else ActorKind.OFFICER
    record_act(act, actor_kind=kind, actor=by or "eid accounts", person_id=account.person_id, **details)
