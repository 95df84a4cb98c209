"""Requests to the account authority: recorded with their deadlines, decided once, with what follows in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.accounts.models import Account, OfficerRole
from eid.accounts.request_models import RequestStage
from eid.accounts.requests import (
    Request,
    RequestForm,
    RequestKind,
    RequestState,
    decide_request,
    open_request,
    record_request,
    register_effects,
)
from eid.accounts.service import record_officer
from eid.app import REQUEST_EFFECTS
from eid.audit import AuditEntry
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refusal, Refused, Unavailable
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads
from tests.people import HOA
from tests.turns import both_engines

APPROVED, REFUSED = RequestState.APPROVED, RequestState.REFUSED


@pytest.fixture
def officer(make_person: MakePerson, make_account: MakeAccount) -> int:
    hoa = make_account(make_person(**HOA).id, phone="0100000101")
    record_officer(hoa, place="Phường Bến Thử", role=OfficerRole.APPROVER)
    db.session.commit()
    return hoa.id


@pytest.fixture
def request_made(account: Account, person: Person) -> int:
    return open_request(
        RequestKind.CHANGE_EMAIL, person_id=person.id, asked_by=account.id, details={"email": "minh@example.test"}
    ).id


@pytest.fixture
def effects(app: Flask) -> Iterator[None]:
    """An approved change of the mail address is carried out."""

    def change_email(request: Request) -> None:
        account = db.session.scalars(select(Account).where(Account.person_id == request.person_id)).one()
        account.email = request.details["email"]

    register_effects({RequestKind.CHANGE_EMAIL: change_email})
    yield
    register_effects(REQUEST_EFFECTS)


def acts(name: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEntry.act == name)) or 0


def test_a_request_waits_for_review_with_a_deadline(request_made: int, account: Account, person: Person) -> None:
    request = db.session.get_one(Request, request_made)
    assert (request.state, request.stage, request.form) == (RequestState.REQUESTED, "review", RequestForm.TK01)
    assert (request.person_id, request.asked_by_account_id) == (person.id, account.id)
    assert request.opened_at < request.stage_due_at == request.due_at
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "open_request")).one()
    assert (entry.actor_kind, entry.actor, entry.person_id) == ("person", str(person.id), person.id)


def test_a_recorded_request_stands_or_falls_with_its_transaction(person: Person, account: Account) -> None:
    record_request(RequestKind.CLOSE_ACCOUNT, person_id=person.id, asked_by=account.id, details={})
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Request)) == 0
    assert acts("open_request") == 0


def test_what_is_approved_is_carried_out(request_made: int, account: Account, officer: int, effects: None) -> None:
    decided = decide_request(request_made, officer=officer, decision=APPROVED)
    assert (decided.state, decided.officer_id, decided.reason) == (APPROVED, officer, None)
    assert decided.decided_at is not None
    assert decided.decided_at <= world_now()
    db.session.expire_all()
    assert account.email == "minh@example.test"
    stage = db.session.scalars(select(RequestStage).where(RequestStage.request_id == request_made)).one()
    assert (stage.left_at, stage.officer_id) == (decided.decided_at, officer)
    assert acts("decide_request") == 1


def test_what_is_refused_has_a_reason_and_no_effect(
    request_made: int, account: Account, officer: int, effects: None
) -> None:
    with pytest.raises(Malformed) as silent:
        decide_request(request_made, officer=officer, decision=REFUSED, reason="  ")
    assert silent.value.code == "reason_missing"
    decided = decide_request(request_made, officer=officer, decision=REFUSED, reason="Địa chỉ không nhận thư.")
    assert (decided.state, decided.reason) == (REFUSED, "Địa chỉ không nhận thư.")
    db.session.expire_all()
    assert account.email is None


def test_an_effect_that_is_refused_undoes_the_decision(request_made: int, officer: int, effects: None) -> None:
    def refuse(_request: Request) -> None:
        raise Refused("too_soon", "Not yet.")

    register_effects({RequestKind.CHANGE_EMAIL: refuse})
    with pytest.raises(Refused) as refused:
        decide_request(request_made, officer=officer, decision=APPROVED)
    assert refused.value.code == "too_soon"
    db.session.rollback()
    assert db.session.get_one(Request, request_made).state == RequestState.REQUESTED
    assert acts("decide_request") == 0


def test_a_request_that_nothing_follows_from_is_not_approved(request_made: int, officer: int, effects: None) -> None:
    register_effects({})
    with pytest.raises(Unavailable) as refused:
        decide_request(request_made, officer=officer, decision=APPROVED)
    assert refused.value.code == "request_effect_missing"
    db.session.rollback()
    assert db.session.get_one(Request, request_made).state == RequestState.REQUESTED


def test_a_decision_is_approval_or_refusal_of_a_request_that_exists(request_made: int, officer: int) -> None:
    with pytest.raises(Malformed) as none:
        decide_request(request_made, officer=officer, decision=RequestState.IN_REVIEW)
    assert none.value.code == "decision_unknown"
    with pytest.raises(NotFound) as unknown:
        decide_request(request_made + 1, officer=officer, decision=REFUSED, reason="Không có.")
    assert unknown.value.code == "request_unknown"


@both_engines
def test_of_four_decisions_at_once_one_happens(app: Flask, request_made: int, officer: int, effects: None) -> None:
    def decide() -> RequestState:
        return RequestState(decide_request(request_made, officer=officer, decision=APPROVED).state)

    results = in_threads(app, [decide] * 4)
    assert results.count(APPROVED) == 1
    assert [found.code for found in results if isinstance(found, Refusal)] == ["request_decided"] * 3
    assert [type(found) for found in results if isinstance(found, Refusal)] == [Conflict] * 3
    assert acts("decide_request") == 1
