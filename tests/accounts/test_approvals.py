"""A sign-in is approved on the phone by the number of the other screen, once, within a minute, by the holder's phone alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts.approvals import (
    ApprovalState,
    Decision,
    OpenedApproval,
    begin_sign_in_by_phone,
    complete_sign_in_by_phone,
    decide_approval,
    find_asked,
    find_shown,
    open_push,
    open_scan,
    take_scanned,
)
from eid.accounts.device_models import Approval
from eid.accounts.devices import end_device, verify_device
from eid.accounts.guessing import FREE_TRIES
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.models import Account
from eid.accounts.sessions import NewSession
from eid.accounts.sign_in import begin_session_for
from eid.audit import AuditEntry
from eid.db import db
from eid.errors import Refusal, Refused, TooManyAttempts, VerificationFailed
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads
from tests.accounts.test_devices import bind, code_of, session_of
from tests.authenticators import SoftwarePhone
from tests.people import HOA
from tests.turns import both_engines

NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
ATTACKERS = 100


@pytest.fixture
def phone(account: Account) -> SoftwarePhone:
    return bind(session_of(account))


@pytest.fixture
def at_password(account: Account, phone: SoftwarePhone) -> NewSession:
    """Somebody who has shown the password, in another browser."""
    return begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")


def push(new: NewSession) -> OpenedApproval:
    return open_push(new.session, asks="Phòng khám Thử", purpose="Tiếp nhận người bệnh", browser="Firefox – Linux")


def scan_open() -> OpenedApproval:
    return open_scan(asks="eid", purpose="Sign in", browser="Chrome – Android")


def number_of(opened: OpenedApproval) -> str:
    shown = find_shown(opened.token)
    assert shown is not None
    return f"{shown.number:02}"


def other_than(number: str) -> str:
    return f"{(int(number) + 1) % 100:02}"


def state_of(opened: OpenedApproval) -> ApprovalState:
    db.session.rollback()
    shown = find_shown(opened.token)
    assert shown is not None
    return shown.state


def asked_of(phone: SoftwarePhone) -> Any:
    return find_asked(verify_device(phone.device, act="list", proof=phone.prove("list")))


def answer(phone: SoftwarePhone, approval: int, choice: str, number: str | None) -> Decision:
    proof = phone.prove("answer", approval=approval, answer=choice, number=number)
    return decide_approval(verify_device(phone.device, act="answer", proof=proof))


def scan(phone: SoftwarePhone, token: str) -> Any:
    return take_scanned(verify_device(phone.device, act="scan", proof=phone.prove("scan", token=token)))


def approve(phone: SoftwarePhone, opened: OpenedApproval) -> Decision:
    [asked] = asked_of(phone)
    return answer(phone, asked.id, "approve", number_of(opened))


def codes_of(results: list[Any]) -> Counter[str]:
    return Counter(result.code if isinstance(result, Refusal) else str(result) for result in results)


def test_the_phone_is_shown_who_asks_and_what_for_and_approves(
    phone: SoftwarePhone, at_password: NewSession, account: Account
) -> None:
    opened = push(at_password)
    [asked] = asked_of(phone)
    assert (asked.asks, asked.purpose, asked.browser) == ("Phòng khám Thử", "Tiếp nhận người bệnh", "Firefox – Linux")
    assert not hasattr(asked, "number")
    assert state_of(opened) == "waiting"
    assert approve(phone, opened) is Decision.APPROVED
    assert asked_of(phone) == []
    raised = complete_sign_in_by_phone(at_password.token, opened.token)
    assert (raised.session.level, raised.session.amr) == (AuthenticationLevel.LOA2, ("pwd", "swk", "mfa"))
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.person_id == account.person_id)).all()
    assert acts[-3:] == ["ask_phone", "answer_on_phone", "complete_sign_in_by_phone"]


def test_an_approval_signs_in_once(phone: SoftwarePhone, at_password: NewSession) -> None:
    opened = push(at_password)
    approve(phone, opened)
    raised = complete_sign_in_by_phone(at_password.token, opened.token)
    assert code_of(lambda: complete_sign_in_by_phone(raised.token, opened.token)) == "approval_over"


def test_an_approval_raises_the_session_that_asked_and_begins_no_other(
    phone: SoftwarePhone, at_password: NewSession, account: Account
) -> None:
    opened = push(at_password)
    approve(phone, opened)
    another = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
    assert code_of(lambda: complete_sign_in_by_phone(another.token, opened.token)) == "approval_over"
    assert code_of(lambda: begin_sign_in_by_phone(opened.token)) == "approval_over"
    assert complete_sign_in_by_phone(at_password.token, opened.token).session.level == "LoA2"


def test_a_wrong_number_ends_the_request_and_is_told(phone: SoftwarePhone, at_password: NewSession) -> None:
    opened = push(at_password)
    [asked] = asked_of(phone)
    with pytest.raises(VerificationFailed) as refused:
        answer(phone, asked.id, "approve", other_than(number_of(opened)))
    assert (refused.value.step, refused.value.code) == ("number", "number_wrong")
    assert state_of(opened) == "wrong_number"
    assert code_of(lambda: answer(phone, asked.id, "approve", number_of(opened))) == "approval_over"
    assert code_of(lambda: complete_sign_in_by_phone(at_password.token, opened.token)) == "approval_number"


@pytest.mark.parametrize("number", [None, "", "7", "007", "٤٢", "-1", "ab"])
def test_what_is_no_number_of_two_digits_is_a_wrong_one(
    phone: SoftwarePhone, at_password: NewSession, number: str | None
) -> None:
    push(at_password)
    [asked] = asked_of(phone)
    assert code_of(lambda: answer(phone, asked.id, "approve", number)) == "number_wrong"


def test_a_phone_that_refuses_ends_it(phone: SoftwarePhone, at_password: NewSession) -> None:
    opened = push(at_password)
    [asked] = asked_of(phone)
    assert answer(phone, asked.id, "refuse", None) is Decision.REFUSED
    with pytest.raises(Refused) as refused:
        complete_sign_in_by_phone(at_password.token, opened.token)
    assert refused.value.code == "approval_refused"


def test_before_the_phone_answers_nothing_rises(phone: SoftwarePhone, at_password: NewSession) -> None:
    opened = push(at_password)
    assert code_of(lambda: complete_sign_in_by_phone(at_password.token, opened.token)) == "approval_waiting"


def test_after_sixty_seconds_it_is_over(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        phone = bind(session_of(account))
        new = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
        opened = push(new)
        [asked] = asked_of(phone)
        number = number_of(opened)
        now.shift(timedelta(seconds=59))
        assert asked_of(phone) != []
        now.shift(timedelta(seconds=1))
        assert asked_of(phone) == []
        assert code_of(lambda: answer(phone, asked.id, "approve", number)) == "approval_over"
        assert state_of(opened) == "over"


def test_an_approval_not_fetched_in_time_is_worth_nothing(account: Account) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        phone = bind(session_of(account))
        new = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
        opened = push(new)
        approve(phone, opened)
        now.shift(timedelta(seconds=60))
        assert code_of(lambda: complete_sign_in_by_phone(new.token, opened.token)) == "approval_over"


def test_the_phone_of_another_account_can_neither_see_nor_answer(
    phone: SoftwarePhone, at_password: NewSession, make_person: MakePerson, make_account: MakeAccount
) -> None:
    hoa = make_person(**HOA)
    stranger = bind(session_of(make_account(hoa.id, phone="0100000199")))
    opened = push(at_password)
    [asked] = asked_of(phone)
    number = number_of(opened)
    assert asked_of(stranger) == []
    assert code_of(lambda: answer(stranger, asked.id, "approve", number)) == "approval_over"
    assert state_of(opened) == "waiting"


def test_a_phone_that_has_ended_meanwhile_approves_nothing(
    phone: SoftwarePhone, at_password: NewSession, account: Account
) -> None:
    opened = push(at_password)
    approve(phone, opened)
    end_device(session_of(account), phone.device)
    assert code_of(lambda: complete_sign_in_by_phone(at_password.token, opened.token)) == "approval_over"


@both_engines
def test_of_a_hundred_who_approve_at_once_one_does(app: Flask, phone: SoftwarePhone, at_password: NewSession) -> None:
    opened = push(at_password)
    [asked] = asked_of(phone)
    number, asked_id = number_of(opened), asked.id
    results = in_threads(app, [lambda: answer(phone, asked_id, "approve", number) for _ in range(ATTACKERS)])
    assert codes_of(results) == {"approved": 1, "approval_over": ATTACKERS - 1}


@both_engines
def test_of_a_hundred_browsers_with_one_approval_one_is_signed_in(app: Flask, phone: SoftwarePhone) -> None:
    opened = scan_open()
    scan(phone, opened.scan_token)
    approve(phone, opened)
    results = in_threads(app, [lambda: begin_sign_in_by_phone(opened.token).session.level for _ in range(ATTACKERS)])
    assert codes_of(results) == {"LoA1": 1, "approval_over": ATTACKERS - 1}


@both_engines
def test_a_hundred_guesses_at_one_number_at_once_get_one_answer(
    app: Flask, phone: SoftwarePhone, at_password: NewSession
) -> None:
    opened = push(at_password)
    [asked] = asked_of(phone)
    wrong, asked_id = other_than(number_of(opened)), asked.id
    results = in_threads(app, [lambda: answer(phone, asked_id, "approve", wrong) for _ in range(ATTACKERS)])
    assert codes_of(results) == {"number_wrong": 1, "approval_over": ATTACKERS - 1}


@both_engines
def test_a_hundred_guesses_at_a_hundred_numbers_at_once_get_five_answers(app: Flask, phone: SoftwarePhone) -> None:
    """As many as any secret gets (NIST SP 800-63B-4, section 3.2.2), however many requests there are."""
    guesses = []
    for _ in range(ATTACKERS):
        opened = scan_open()
        asked = scan(phone, opened.scan_token)
        guesses.append((asked.id, other_than(number_of(opened))))
    acts = [lambda guess=guess: answer(phone, guess[0], "approve", guess[1]) for guess in guesses]
    assert codes_of(in_threads(app, acts)) == {"number_wrong": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}


@both_engines
def test_pushes_without_an_answer_are_soon_not_sent_any_more(app: Flask, at_password: NewSession) -> None:
    """A holder cannot be worn down by requests; a hundred at once are no more than five."""
    results = in_threads(app, [lambda: push(at_password) and "sent" for _ in range(ATTACKERS)])
    assert codes_of(results) == {"sent": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}
    waiting = db.session.scalars(select(Approval).where(Approval.decided_at.is_(None))).all()
    assert len(waiting) == 1


def test_what_was_approved_is_no_push_too_many(phone: SoftwarePhone, at_password: NewSession) -> None:
    for _ in range(FREE_TRIES - 1):
        push(at_password)
    approve(phone, push(at_password))
    push(at_password)
    assert len(asked_of(phone)) == 1


def test_refused_pushes_count(phone: SoftwarePhone, at_password: NewSession) -> None:
    for _ in range(FREE_TRIES):
        push(at_password)
        [asked] = asked_of(phone)
        answer(phone, asked.id, "refuse", None)
    with pytest.raises(TooManyAttempts) as refused:
        push(at_password)
    assert refused.value.code == "too_many_tries"


def test_after_five_wrong_numbers_nothing_more_is_pushed(phone: SoftwarePhone, at_password: NewSession) -> None:
    for _ in range(FREE_TRIES):
        opened = scan_open()
        asked = scan(phone, opened.scan_token)
        wrong = other_than(number_of(opened))
        code_of(lambda asked=asked, wrong=wrong: answer(phone, asked.id, "approve", wrong))
    assert code_of(lambda: push(at_password)) == "too_many_tries"


def test_a_scanned_code_signs_in_at_level_1_by_the_phone(phone: SoftwarePhone, account: Account) -> None:
    opened = scan_open()
    assert asked_of(phone) == []
    asked = scan(phone, opened.scan_token)
    assert (asked.asks, asked.browser) == ("eid", "Chrome – Android")
    approve(phone, opened)
    new = begin_sign_in_by_phone(opened.token, browser="Chrome – Android")
    assert (new.session.level, new.session.amr, new.session.account_id) == ("LoA1", ("swk",), account.id)
    assert (new.session.browser, new.session.device_id) == ("Chrome – Android", phone.device)


def test_a_code_that_one_phone_has_scanned_is_no_other_phones(
    phone: SoftwarePhone, make_person: MakePerson, make_account: MakeAccount
) -> None:
    hoa = make_person(**HOA)
    stranger = bind(session_of(make_account(hoa.id, phone="0100000199")))
    opened = scan_open()
    scan(phone, opened.scan_token)
    assert code_of(lambda: scan(stranger, opened.scan_token)) == "approval_over"
    assert scan(phone, opened.scan_token).asks == "eid"


def test_what_the_qr_code_says_opens_nothing_by_itself(phone: SoftwarePhone) -> None:
    opened = scan_open()
    scan(phone, opened.scan_token)
    approve(phone, opened)
    assert code_of(lambda: begin_sign_in_by_phone(opened.scan_token)) == "approval_over"
    assert code_of(lambda: scan(phone, opened.token)) == "approval_over"


def test_neither_tokens_are_kept_nor_a_number_told_to_the_phone(phone: SoftwarePhone) -> None:
    opened = scan_open()
    row = db.session.scalars(select(Approval)).one()
    assert not {opened.token, opened.scan_token} & {str(value) for value in vars(row).values()}


def test_an_account_without_a_phone_cannot_ask_one(account: Account) -> None:
    new = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
    assert code_of(lambda: push(new)) == "device_none"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"approval": "1", "answer": "approve"},
        {"approval": True, "answer": "approve"},
        {"approval": 2**70, "answer": "refuse"},
        {"approval": 1, "answer": "yes"},
        {"approval": 1, "answer": ["approve"]},
        {"approval": 1, "answer": "approve", "number": 42},
    ],
)
def test_an_answer_that_says_nothing_is_malformed(phone: SoftwarePhone, claims: dict[str, Any]) -> None:
    known = verify_device(phone.device, act="answer", proof=phone.prove("answer", **claims))
    assert code_of(lambda: decide_approval(known)) == "answer_malformed"
