"""Two officers decide what a lawful body asks for (Decree 69/2024, articles 29 and 30), and nobody decides on themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.desk import look_up_person, receive_authority_request
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, OfficerRole
from eid.accounts.requests import Request, RequestKind, RequestState, decide_request, open_request, take_over_request
from eid.accounts.service import record_officer
from eid.audit import AuditEntry
from eid.clock import VIETNAM
from eid.db import db
from eid.errors import Conflict, Malformed, Refusal, Refused
from eid.outbox import find_messages
from eid.population.models import Person
from tests.accounts.conftest import in_threads, last_text
from tests.accounts.officers import OTHER_DESK, make_officer
from tests.turns import both_engines

APPROVED, REFUSED, IN_REVIEW = RequestState.APPROVED, RequestState.REFUSED, RequestState.IN_REVIEW
BODY = "Cơ quan điều tra Thử Nghiệm"
LETTER = {"authority": BODY, "document": "12/CV-TN, 01/03/2026", "why": "Phục vụ xác minh"}


def ask(person: Person, officer: int, kind: RequestKind = RequestKind.LOCK_BY_AUTHORITY, **letter: str) -> int:
    look_up = look_up_person(person.pin, purpose="văn bản yêu cầu", officer=officer)
    return receive_authority_request(look_up.id, kind=kind, officer=officer, **{**LETTER, **letter}).id


@pytest.fixture
def first() -> int:
    return make_officer(OfficerRole.REVIEWER, number=1)


@pytest.fixture
def second() -> int:
    return make_officer(OfficerRole.APPROVER, number=2, place=OTHER_DESK)


def state_of(account: Account) -> AccountState:
    db.session.expire_all()
    return AccountState(account.state)


def test_a_lock_takes_one_working_day_two_more_and_two_officers(
    account: Account, person: Person, first: int, second: int
) -> None:
    """Decree 69/2024, article 29: examined and sent on within one working day, decided within two."""
    asked = ask(person, first)
    request = db.session.get_one(Request, asked)
    days = (request.due_at - request.stage_due_at) / timedelta(days=1)
    assert days >= 2 and request.stage_due_at.astimezone(VIETNAM).hour == 0
    assert decide_request(asked, officer=first, decision=APPROVED).state == IN_REVIEW
    assert state_of(account) == AccountState.ACTIVE
    assert (request.stage, request.officer_id) == ("decision", None)
    assert decide_request(asked, officer=second, decision=APPROVED).state == APPROVED
    assert state_of(account) == AccountState.LOCKED
    assert account.lock_reasons == {LockReason.AUTHORITY}
    assert "da bi khoa" in last_text()
    assert find_messages(recipient=BODY)[0].body.startswith(f"Kính gửi {BODY}")


def test_the_first_officer_is_not_the_second(account: Account, person: Person) -> None:
    alone = make_officer()
    asked = ask(person, alone)
    decide_request(asked, officer=alone, decision=APPROVED)
    for act in (
        lambda: take_over_request(asked, officer=alone),
        lambda: decide_request(asked, officer=alone, decision=APPROVED),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "four_eyes"
        db.session.rollback()
    assert state_of(account) == AccountState.ACTIVE


def test_a_reviewer_does_not_decide(account: Account, person: Person, first: int) -> None:
    asked = ask(person, first)
    decide_request(asked, officer=first, decision=APPROVED)
    other = make_officer(OfficerRole.REVIEWER, number=3)
    with pytest.raises(Refused) as refused:
        decide_request(asked, officer=other, decision=APPROVED)
    assert refused.value.code == "officer_role"


def test_a_request_is_examined_where_it_came_in(account: Account, person: Person, first: int, second: int) -> None:
    asked = ask(person, first)
    with pytest.raises(Refused) as refused:
        take_over_request(asked, officer=second)
    assert refused.value.code == "officer_place"


@pytest.mark.parametrize("stage", [1, 2])
def test_a_refusal_at_either_stage_is_written_to_the_body(
    account: Account, person: Person, first: int, second: int, stage: int
) -> None:
    """Decree 69/2024, article 29: a refusal is given in writing."""
    asked = ask(person, first)
    if stage == 2:
        decide_request(asked, officer=first, decision=APPROVED)
    officer = first if stage == 1 else second
    assert decide_request(asked, officer=officer, decision=REFUSED, reason="Thiếu căn cứ.").state == REFUSED
    assert "Thiếu căn cứ." in find_messages(recipient=BODY)[0].body
    assert state_of(account) == AccountState.ACTIVE


def test_an_authoritys_lock_is_lifted_by_two_officers_only(
    account: Account, person: Person, first: int, second: int
) -> None:
    """Decree 69/2024, article 30."""
    asked = ask(person, first)
    decide_request(asked, officer=first, decision=APPROVED)
    decide_request(asked, officer=second, decision=APPROVED)
    asked = ask(person, first, RequestKind.UNLOCK_BY_AUTHORITY)
    decide_request(asked, officer=first, decision=APPROVED)
    assert state_of(account) == AccountState.LOCKED
    decide_request(asked, officer=second, decision=APPROVED)
    assert state_of(account) == AccountState.ACTIVE


def test_whom_it_is_about_learns_of_the_decision_and_not_of_the_asking(
    account: Account, person: Person, first: int, second: int
) -> None:
    asked = ask(person, first)
    decide_request(asked, officer=first, decision=APPROVED)
    shown = select(AuditEntry.act).where(AuditEntry.person_id == person.id).order_by(AuditEntry.id)
    assert db.session.scalars(shown).all() == ["look_up_person"]
    decide_request(asked, officer=second, decision=APPROVED)
    assert set(db.session.scalars(shown)) == {"look_up_person", "decide_request", "lock_account"}


@both_engines
def test_of_many_second_officers_at_once_one_decides(app: Flask, account: Account, person: Person, first: int) -> None:
    asked = ask(person, first)
    decide_request(asked, officer=first, decision=APPROVED)
    others = [make_officer(number=number) for number in (4, 5, 6)]
    acts = [lambda officer=one: decide_request(asked, officer=officer, decision=APPROVED).state for one in others]
    results = in_threads(app, acts)  # type: ignore[arg-type]
    assert results.count(APPROVED) == 1
    assert {found.code for found in results if isinstance(found, Refusal)} == {"request_decided"}
    assert state_of(account) == AccountState.LOCKED


def test_nobody_decides_on_their_own_request_or_on_one_about_themselves(account: Account, person: Person) -> None:
    record_officer(account, place="Phường Bến Thử", role=OfficerRole.APPROVER)
    db.session.commit()
    own = open_request(RequestKind.CHANGE_EMAIL, person_id=person.id, asked_by=account.id, details={})
    about = open_request(RequestKind.ACCOUNT_LEVEL_2, person_id=person.id, asked_by=None, details={})
    for request in (own.id, about.id):
        with pytest.raises(Refused) as refused:
            decide_request(request, officer=account.id, decision=APPROVED)
        assert refused.value.code == "own_request"
        db.session.rollback()


def test_what_another_officer_works_on_is_taken_over_first(account: Account, person: Person, first: int) -> None:
    asked = ask(person, first)
    take_over_request(asked, officer=first)
    other = make_officer(OfficerRole.REVIEWER, number=3)
    with pytest.raises(Conflict) as refused:
        decide_request(asked, officer=other, decision=APPROVED)
    assert refused.value.code == "request_taken"
    db.session.rollback()
    take_over_request(asked, officer=other)
    assert decide_request(asked, officer=other, decision=APPROVED).state == IN_REVIEW


def test_a_body_that_asks_names_itself_its_letter_and_why(account: Account, person: Person, first: int) -> None:
    for missing in LETTER:
        with pytest.raises(Malformed) as refused:
            ask(person, first, **{missing: " "})
        assert refused.value.code == "authority_missing"
    with pytest.raises(Malformed) as other:
        ask(person, first, RequestKind.CLOSE_ACCOUNT)
    assert other.value.code == "authority_kind"
    with pytest.raises(Conflict) as not_locked:
        ask(person, first, RequestKind.UNLOCK_BY_AUTHORITY)
    assert not_locked.value.code == "authority_not_locked"


def test_there_is_one_such_request_at_a_time(account: Account, person: Person, first: int) -> None:
    ask(person, first)
    with pytest.raises(Conflict) as refused:
        ask(person, first)
    assert refused.value.code == "request_open"
