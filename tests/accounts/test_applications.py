"""An account of level 1, asked for in the app (Decree 69/2024, articles 7, 10 and 14), and what becomes of the request."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eid.accounts.applications import (
    begin_application,
    confirm_application,
    find_applicant,
    find_application,
    submit_application,
)
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.opening import open_account
from eid.accounts.request_answers import appeal_request, list_own_requests, withdraw_request
from eid.accounts.requests import Request, RequestKind, RequestState, decide_request
from eid.accounts.sent_codes import CODE_TRIES
from eid.accounts.service import find_account
from eid.audit import AuditEntry
from eid.cards.portrait import draw_portrait
from eid.cards.reader import DemoCard
from eid.cards.service import withhold_card
from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal, Refused, TooManyAttempts, Unauthenticated, VerificationFailed
from eid.outbox import find_messages
from eid.population.models import Person
from tests.accounts.conftest import (
    UNKNOWN_PIN,
    MakeAccount,
    MakePerson,
    hand_out_card,
    in_threads,
    last_text,
    texted_code,
    world_later,
)
from tests.accounts.officers import make_officer
from tests.engines import one_engine
from tests.people import PHONE
from tests.turns import both_engines

APPROVED, REFUSED = RequestState.APPROVED, RequestState.REFUSED


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    """Minh, whose phone is registered in his name."""
    return make_person(phone=PHONE)


def face_of(person: Person) -> bytes:
    return draw_portrait(person.pin, sex=person.sex).jpeg


def prove_phone(person: Person) -> str:
    token = begin_application(person.pin, PHONE)
    confirm_application(token, texted_code())
    return token


def apply(person: Person) -> Request:
    return submit_application(prove_phone(person), face=face_of(person), email="minh@example.test")


def test_pin_phone_and_face_make_a_request_that_is_decided_within_one_working_day(
    carded: DemoCard, person: Person
) -> None:
    request = apply(person)
    assert (request.kind, request.state, request.person_id) == (RequestKind.ACCOUNT_LEVEL_1, "requested", person.id)
    assert request.details == {"phone": PHONE, "email": "minh@example.test", "level": "1"}
    assert timedelta(0) < request.due_at - request.opened_at < timedelta(days=12)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "open_request")).one()
    assert (entry.actor_kind, entry.person_id) == ("person", person.id)


def test_what_is_approved_is_an_account_of_level_1_to_be_activated(carded: DemoCard, person: Person) -> None:
    asked = apply(person).id
    decide_request(asked, officer=make_officer(), decision=APPROVED)
    account = find_account(person.id)
    assert (account.state, account.level, account.phone) == (AccountState.APPROVED, AccountLevel.ONE, PHONE)
    assert account.email == "minh@example.test"
    assert last_text().startswith("Cuc Canh sat QLHC ve TTXH thong bao: Ho so dang ky")
    assert len(find_messages(recipient="minh@example.test")) == 1


def test_level_1_grows_to_2_and_keeps_its_history(carded: DemoCard, person: Person, make_account: MakeAccount) -> None:
    account = make_account(level=AccountLevel.ONE)
    before = (account.id, account.activated_at, [one.secret_hash for one in account.authenticators])
    open_account(person.pin, "0100000999", officer=7)
    db.session.expire_all()
    assert (account.level, account.state, account.phone) == (AccountLevel.TWO, AccountState.ACTIVE, PHONE)
    assert (account.id, account.activated_at, [one.secret_hash for one in account.authenticators]) == before
    assert "muc do 2" in last_text()
    with pytest.raises(Conflict) as again:
        open_account(person.pin, PHONE, officer=7)
    assert again.value.code == "account_exists"


def test_an_account_that_is_locked_does_not_grow(carded: DemoCard, person: Person, make_account: MakeAccount) -> None:
    make_account(level=AccountLevel.ONE, state=AccountState.LOCKED, lock_reasons=["holder"])
    with pytest.raises(Conflict) as refused:
        open_account(person.pin, PHONE, officer=7)
    assert refused.value.code == "account_locked"


def test_a_refusal_says_why_and_an_appeal_is_decided_by_another_officer(carded: DemoCard, person: Person) -> None:
    asked, first = apply(person).id, make_officer()
    decide_request(asked, officer=first, decision=REFUSED, reason="Ảnh không rõ.")
    assert "Ly do: Ảnh không rõ." in last_text() and "khieu nai" in last_text()
    appeal = appeal_request(asked, person_id=person.id, why="Ảnh rất rõ.").id
    with pytest.raises(Refused) as refused:
        decide_request(appeal, officer=first, decision=APPROVED)
    assert refused.value.code == "four_eyes"
    db.session.rollback()
    decide_request(appeal, officer=make_officer(number=2), decision=APPROVED)
    assert db.session.get_one(Request, asked).state == APPROVED
    assert find_account(person.id).level == AccountLevel.ONE


def test_an_appeal_that_is_refused_changes_nothing_and_is_the_last(carded: DemoCard, person: Person) -> None:
    asked = apply(person).id
    decide_request(asked, officer=make_officer(), decision=REFUSED, reason="Ảnh không rõ.")
    appeal = appeal_request(asked, person_id=person.id, why="Ảnh rất rõ.").id
    decide_request(appeal, officer=make_officer(number=2), decision=REFUSED, reason="Vẫn không rõ.")
    assert db.session.get_one(Request, asked).state == REFUSED
    for number, code in ((asked, "appeal_exists"), (appeal, "appeal_final")):
        with pytest.raises(Conflict) as refused:
            appeal_request(number, person_id=person.id, why="Lần nữa.")
        assert refused.value.code == code
        db.session.rollback()


def test_after_ninety_days_of_the_world_no_appeal_is_taken(
    carded: DemoCard, person: Person, settings: Settings
) -> None:
    """Law on Complaints 02/2011, article 9."""
    asked = apply(person).id
    decide_request(asked, officer=make_officer(), decision=REFUSED, reason="Ảnh không rõ.")
    with world_later(settings, days=91), pytest.raises(Conflict) as refused:
        appeal_request(asked, person_id=person.id, why="Ảnh rất rõ.")
    assert refused.value.code == "appeal_late"


def test_a_request_is_withdrawn_by_its_asker_alone_and_once(
    carded: DemoCard, person: Person, make_person: MakePerson
) -> None:
    asked = apply(person).id
    other = make_person(person_id=9, pin="979085000109", phone="0100000109")
    with pytest.raises(NotFound) as hidden:
        withdraw_request(asked, person_id=other.id)
    assert hidden.value.code == "request_unknown"
    withdraw_request(asked, person_id=person.id)
    assert [one.state for one in list_own_requests(person.id)] == [RequestState.WITHDRAWN]
    with pytest.raises(Conflict) as again:
        withdraw_request(asked, person_id=person.id)
    assert again.value.code == "request_decided"
    db.session.rollback()
    assert apply(person).id != asked


@both_engines
def test_there_is_one_request_at_a_time_even_of_four_at_once(app: Flask, carded: DemoCard, person: Person) -> None:
    token, face = prove_phone(person), face_of(person)
    results = in_threads(app, [lambda: submit_application(token, face=face).id for _ in range(4)])
    assert [found.code for found in results if isinstance(found, Refusal)] == ["request_open"] * 3
    assert db.session.scalar(select(func.count()).select_from(Request)) == 1


@both_engines
def test_of_a_withdrawal_and_a_decision_at_once_one_happens(app: Flask, carded: DemoCard, person: Person) -> None:
    asked, officer, person_id = apply(person).id, make_officer(), person.id
    results = in_threads(
        app,
        [
            lambda: withdraw_request(asked, person_id=person_id),
            lambda: decide_request(asked, officer=officer, decision=APPROVED),
        ],
    )
    assert [found.code for found in results if isinstance(found, Refusal)] == ["request_decided"]
    has_account = db.session.scalar(select(func.count()).select_from(Account)) == 2
    assert has_account == (db.session.get_one(Request, asked).state == APPROVED)


def test_another_face_is_refused_and_counted(carded: DemoCard, person: Person, make_person: MakePerson) -> None:
    other = make_person(person_id=9, pin="979085000109")
    token = prove_phone(person)
    for _ in range(5):
        with pytest.raises(VerificationFailed) as refused:
            submit_application(token, face=face_of(other))
        assert (refused.value.step, refused.value.code) == ("face", "face_mismatch")
    with pytest.raises(TooManyAttempts) as blocked:
        submit_application(token, face=face_of(person))
    assert blocked.value.code == "too_many_tries"
    db.session.rollback()
    assert list_own_requests(person.id) == []


def test_without_a_good_card_nothing_is_asked_for(person: Person) -> None:
    """Decree 69/2024, article 7."""
    token = prove_phone(person)
    with pytest.raises(Conflict) as refused:
        submit_application(token, face=face_of(person))
    assert refused.value.code == "card_missing"
    db.session.rollback()
    hand_out_card(person.pin)
    withhold_card(person.id, reason="test")
    with pytest.raises(Conflict) as refused:
        submit_application(token, face=face_of(person))
    assert refused.value.code == "card_unusable"


def test_whoever_is_under_fourteen_is_refused(make_person: MakePerson) -> None:
    year = wall_now().year - 12
    born = wall_now().date().replace(year=year, day=1)
    child = make_person(person_id=9, pin=f"9792{year % 100:02}000110", birth_date=born, phone=PHONE)
    token = prove_phone(child)
    with pytest.raises(Refused) as refused:
        submit_application(token, face=face_of(child))
    assert refused.value.code == "person_too_young"


def test_strangers_are_answered_as_everybody_is(carded: DemoCard, person: Person, make_account: MakeAccount) -> None:
    """No answer tells whether there is such a person, phone or account: the same steps, the same refusal."""
    make_account()
    said = []
    for pin, phone in ((UNKNOWN_PIN, PHONE), (person.pin, "0100000999"), (person.pin, PHONE)):
        token = begin_application(pin, phone)
        progress = find_application(token)
        assert progress is not None and progress.applicant is None
        with pytest.raises(Unauthenticated) as refused:
            confirm_application(token, "000000")
        said.append((refused.value.code, refused.value.detail))
    assert len(set(said)) == 1
    assert "da co tai khoan" in last_text()
    assert find_messages(recipient="0100000999") == []


def test_a_code_is_good_for_five_minutes_five_tries_and_once(carded: DemoCard, person: Person) -> None:
    token = begin_application(person.pin, PHONE)
    right = texted_code()
    with time_machine.travel(wall_now() + timedelta(minutes=6)), pytest.raises(Unauthenticated) as late:
        confirm_application(token, right)
    assert late.value.code == "code_wrong"
    token = begin_application(person.pin, PHONE)
    right = texted_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(CODE_TRIES):
        with pytest.raises(Unauthenticated):
            confirm_application(token, wrong)
    with pytest.raises(Unauthenticated) as spent:
        confirm_application(token, right)
    assert spent.value.code == "code_wrong"
    token = prove_phone(person)
    with pytest.raises(Unauthenticated) as again:
        confirm_application(token, texted_code())
    assert again.value.code == "code_wrong"
    assert find_applicant(token).person_id == person.id


def test_an_application_is_over_after_an_hour(carded: DemoCard, person: Person) -> None:
    token = prove_phone(person)
    with time_machine.travel(wall_now() + timedelta(minutes=61)):
        assert find_application(token) is None
        with pytest.raises(Unauthenticated) as over:
            submit_application(token, face=face_of(person))
    assert over.value.code == "application_over"


@one_engine
def test_nothing_is_shown_without_a_proved_phone(person: Person) -> None:
    for token in ("", "x", begin_application(person.pin, PHONE)):
        with pytest.raises(Unauthenticated) as over:
            find_applicant(token)
        assert over.value.code == "application_over"
