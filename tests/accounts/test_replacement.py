"""A new authenticator takes the old one's place only once it has shown a code."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from eid.accounts.models import Account
from eid.accounts.replacement import (
    begin_authenticator_change,
    confirm_authenticator_change,
    find_new_authenticator,
)
from eid.accounts.sessions import Session
from eid.accounts.sign_in import begin_sign_in, complete_sign_in, find_session
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import Conflict, Refused, Unauthenticated
from eid.population.models import Person
from tests.accounts.conftest import last_text
from tests.people import PASSWORD, TOTP_SECRET


@pytest.fixture
def session(account: Account, person: Person) -> Session:
    return begin_sign_in(person.pin, PASSWORD).session


def secret_waiting(session: Session) -> str:
    waiting = find_new_authenticator(session)
    assert waiting is not None
    assert waiting.secret in waiting.otpauth_uri
    return waiting.secret


def test_the_new_one_replaces_the_old_after_its_first_code(session: Session, person: Person) -> None:
    other = begin_sign_in(person.pin, PASSWORD)
    begin_authenticator_change(session, password=PASSWORD)
    secret = secret_waiting(session)
    confirm_authenticator_change(session, build_code(secret, now=wall_now()))
    assert "Ung dung xac thuc" in last_text()
    with pytest.raises(Unauthenticated):
        find_session(other.token)
    with time_machine.travel(wall_now() + timedelta(minutes=2), tick=False):
        token = begin_sign_in(person.pin, PASSWORD).token
        with pytest.raises(Unauthenticated) as caught:
            complete_sign_in(token, build_code(TOTP_SECRET, now=wall_now()))
        assert caught.value.code == "sign_in_failed"
        assert complete_sign_in(token, build_code(secret, now=wall_now())).session.level == "LoA2"


def test_until_then_the_old_one_is_good(session: Session, person: Person) -> None:
    begin_authenticator_change(session, password=PASSWORD)
    token = begin_sign_in(person.pin, PASSWORD).token
    assert complete_sign_in(token, build_code(TOTP_SECRET, now=wall_now())).session.level == "LoA2"


def test_a_wrong_code_changes_nothing_and_the_right_one_is_still_good(session: Session) -> None:
    begin_authenticator_change(session, password=PASSWORD)
    with pytest.raises(Unauthenticated) as caught:
        confirm_authenticator_change(session, build_code(TOTP_SECRET, now=wall_now()))
    assert caught.value.code == "otp_wrong"
    db.session.rollback()
    confirm_authenticator_change(session, build_code(secret_waiting(session), now=wall_now()))


def test_the_code_of_the_change_is_spent(session: Session, person: Person) -> None:
    """RFC 6238, section 5.2."""
    begin_authenticator_change(session, password=PASSWORD)
    code = build_code(secret_waiting(session), now=wall_now())
    confirm_authenticator_change(session, code)
    token = begin_sign_in(person.pin, PASSWORD).token
    with pytest.raises(Unauthenticated) as caught:
        complete_sign_in(token, code)
    assert caught.value.reason == "otp_used"


def test_asking_again_shows_another_secret(session: Session) -> None:
    begin_authenticator_change(session, password=PASSWORD)
    first = secret_waiting(session)
    begin_authenticator_change(session, password=PASSWORD)
    assert secret_waiting(session) != first


def test_it_takes_the_password_and_something_to_confirm(session: Session) -> None:
    with pytest.raises(Refused) as caught:
        begin_authenticator_change(session, password="Wrong#Pass1")
    assert caught.value.code == "password_wrong"
    with pytest.raises(Conflict) as missing:
        confirm_authenticator_change(session, "000000")
    assert missing.value.code == "authenticator_none"
