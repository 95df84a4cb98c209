"""The holder lifts their own lock (Decree 69/2024, article 30), and nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import lock_account
from eid.accounts.models import Account
from eid.accounts.own_lock import unlock_own_account
from eid.accounts.sign_in import begin_sign_in
from eid.cards.reader import DemoCard
from eid.cards.service import withhold_card
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import Refusal, TooManyAttempts, Unauthenticated
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, MakeAccount, in_threads, last_text, world_later
from tests.people import PASSWORD, TOTP_SECRET
from tests.turns import both_engines


def code() -> str:
    return build_code(TOTP_SECRET, now=wall_now())


@pytest.fixture
def locked(account: Account) -> Account:
    lock_account(account.id, LockReason.HOLDER)
    return account


def test_the_holder_unlocks_with_password_and_authenticator(locked: Account, person: Person) -> None:
    assert unlock_own_account(person.pin, PASSWORD, code()) == AccountState.ACTIVE
    assert "da duoc mo khoa" in last_text()
    begin_sign_in(person.pin, PASSWORD)


def test_other_reasons_hold_on(carded: DemoCard, locked: Account, person: Person) -> None:
    withhold_card(person.id, reason="test")
    assert unlock_own_account(person.pin, PASSWORD, code()) == AccountState.LOCKED
    db.session.expire_all()
    assert locked.lock_reasons == {LockReason.CARD}


def test_a_card_that_has_expired_meanwhile_keeps_the_account_locked(
    carded: DemoCard, locked: Account, person: Person, settings: Settings
) -> None:
    with world_later(settings, days=365.25 * 25):
        assert unlock_own_account(person.pin, PASSWORD, code()) == AccountState.LOCKED
    db.session.expire_all()
    assert locked.lock_reasons == {LockReason.CARD}


def test_whatever_is_wrong_is_told_in_one_sentence(locked: Account, person: Person, make_account: MakeAccount) -> None:
    """No message tells whether there is such an account, or why it is locked."""
    said = set()
    for pin, password, otp in (
        (UNKNOWN_PIN, PASSWORD, code()),
        (person.pin, "Wrong@12345", code()),
        (person.pin, PASSWORD, "000000"),
    ):
        with pytest.raises(Unauthenticated) as refused:
            unlock_own_account(pin, password, otp)
        said.add((refused.value.code, refused.value.detail))
    unlock_own_account(person.pin, PASSWORD, code())
    with pytest.raises(Unauthenticated) as open_now:
        unlock_own_account(person.pin, PASSWORD, code())
    lock_account(locked.id, LockReason.TERMS)
    with time_machine.travel(wall_now() + timedelta(minutes=2)), pytest.raises(Unauthenticated) as by_terms:
        unlock_own_account(person.pin, PASSWORD, code())
    said |= {(refusal.value.code, refusal.value.detail) for refusal in (open_now, by_terms)}
    assert len(said) == 1
    assert locked.state == AccountState.LOCKED


def test_a_code_is_spent_by_unlocking(locked: Account, person: Person) -> None:
    """NIST SP 800-63B-4, section 3.1.4: a one-time code is accepted once."""
    given = code()
    unlock_own_account(person.pin, PASSWORD, given)
    lock_account(locked.id, LockReason.HOLDER)
    with pytest.raises(Unauthenticated) as refused:
        unlock_own_account(person.pin, PASSWORD, given)
    assert refused.value.code == "unlock_failed"


def test_tries_are_those_of_signing_in(locked: Account, person: Person) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            unlock_own_account(person.pin, "Wrong@12345", code())
    for act in (lambda: unlock_own_account(person.pin, PASSWORD, code()), lambda: begin_sign_in(person.pin, PASSWORD)):
        with pytest.raises(TooManyAttempts) as blocked:
            act()
        assert blocked.value.code == "too_many_tries"
        db.session.rollback()


@both_engines
def test_of_many_guesses_at_once_five_are_judged(app: Flask, locked: Account, person: Person) -> None:
    pin = person.pin
    results = in_threads(app, [lambda: unlock_own_account(pin, "Wrong@12345", "000000")] * 12)
    judged = [found.code for found in results if isinstance(found, Refusal)].count("unlock_failed")
    assert judged == 5
