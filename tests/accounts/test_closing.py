"""Closing an account: for good, with nothing left that could be used, and everything left that must be kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from eid.accounts.closing import close_account
from eid.accounts.closing_request import request_closing
from eid.accounts.desk import close_account_at_desk, look_up_person
from eid.accounts.lifecycle import AccountState, CloseReason, LockReason
from eid.accounts.locking import lock_account, unlock_account
from eid.accounts.models import Account, Authenticator, OfficerRole
from eid.accounts.opening import open_account
from eid.accounts.questions import find_questions, record_answers
from eid.accounts.registration import begin_activation, confirm_phone
from eid.accounts.requests import RequestState, decide_request
from eid.accounts.service import reopen_activation
from eid.accounts.sign_in import begin_sign_in, find_session
from eid.audit import find_acts_about
from eid.cards.reader import DemoCard
from eid.cards.service import withhold_card
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed, Refusal, Refused, Unauthenticated
from eid.outbox import find_messages
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import MakeAccount, last_text, texted_code
from tests.accounts.officers import make_officer
from tests.accounts.possessions import has_possessions, record_possessions
from tests.people import PASSWORD, PHONE


def test_a_closed_account_has_no_sessions_secrets_or_locks(account: Account, person: Person) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    lock_account(account.id, LockReason.HOLDER)
    record_possessions(account.id)
    record_answers(account.id, {"first_pet": "a hash"})
    close_account(account.id, CloseReason.HOLDER)
    db.session.expire_all()
    assert not has_possessions(account.id)
    assert find_questions(account.id) == []
    assert (account.state, account.lock_reasons) == (AccountState.CLOSED, frozenset())
    assert account.closed_at is not None
    assert db.session.scalar(select(func.count()).select_from(Authenticator)) == 0
    with pytest.raises(Unauthenticated):
        find_session(token)
    assert "da duoc dong" in last_text()


def test_what_must_be_kept_is_kept(carded: DemoCard, account: Account, person: Person) -> None:
    """Decree 69/2024: account data are kept for good; the number is not free for another account."""
    close_account(account.id, CloseReason.HOLDER)
    assert (account.person_id, account.phone, account.level) == (person.id, PHONE, "2")
    assert next(entry.act for entry in find_acts_about(person.id)) == "close_account"
    with pytest.raises(Conflict) as again:
        open_account(person.pin, PHONE, officer=7)
    assert again.value.code == "account_exists"


def test_nothing_leads_out_of_closed(carded: DemoCard, account: Account, person: Person) -> None:
    close_account(account.id, CloseReason.HOLDER)
    acts: list[tuple[Any, str]] = [
        (lambda: lock_account(account.id, LockReason.HOLDER), "account_closed"),
        (lambda: unlock_account(account.id), "account_not_locked"),
        (lambda: reopen_activation(account.id, officer=7), "account_closed"),
        (lambda: close_account(account.id, CloseReason.HOLDER), "account_closed"),
        (lambda: begin_sign_in(person.pin, PASSWORD), "sign_in_failed"),
    ]
    for act, code in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code
        db.session.rollback()
    withhold_card(person.id, reason="test")
    register_death(person.pin, died_on=world_today())
    db.session.expire_all()
    assert (account.state, account.lock_reasons) == (AccountState.CLOSED, frozenset())


def test_a_closed_account_is_not_activated(carded: DemoCard, make_account: MakeAccount, person: Person) -> None:
    account = make_account(state=AccountState.APPROVED)
    token = begin_activation(person.pin, PHONE)
    code = texted_code()
    close_account(account.id, CloseReason.HOLDER)
    with pytest.raises(Conflict) as refused:
        confirm_phone(token, code)
    assert refused.value.code == "account_closed"


def test_the_holder_asks_in_the_app_and_an_officer_decides(account: Account, person: Person) -> None:
    session = begin_sign_in(person.pin, PASSWORD).session
    with pytest.raises(Refused) as wrong:
        request_closing(session, password="Wrong@12345")
    assert wrong.value.code == "password_wrong"
    asked = request_closing(session, password=PASSWORD).id
    with pytest.raises(Conflict) as twice:
        request_closing(session, password=PASSWORD)
    assert twice.value.code == "request_open"
    db.session.rollback()
    decide_request(asked, officer=make_officer(OfficerRole.REVIEWER), decision=RequestState.APPROVED)
    db.session.expire_all()
    assert account.state == AccountState.CLOSED


def test_the_desk_closes_for_a_holder_who_is_there_or_after_a_death(account: Account, person: Person) -> None:
    officer = make_officer(OfficerRole.DESK)
    look_up = look_up_person(person.pin, purpose="đóng tài khoản", officer=officer).id
    for reason, kind, code in (("death", Conflict, "person_alive"), ("x", Malformed, "reason_unknown")):
        with pytest.raises(kind) as refused:
            close_account_at_desk(look_up, reason=reason, officer=officer)
        assert refused.value.code == code
        db.session.rollback()
    register_death(person.pin, died_on=world_today())
    close_account_at_desk(look_up, reason="death", officer=officer)
    db.session.expire_all()
    assert account.state == AccountState.CLOSED
    assert find_messages(recipient=PHONE) == []
