"""Signing in on both databases: what each factor is worth, what each refusal says, and how often one may guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts.guessing import FREE_TRIES, LONGEST_WAIT
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, SignInSession
from eid.accounts.service import lock_account
from eid.accounts.sign_in import (
    NewSession,
    begin_session_for,
    begin_sign_in,
    close_session,
    complete_sign_in,
    find_session,
    issue_browser_mark,
    touch_session,
)
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import TooManyAttempts, Unauthenticated
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, MakeAccount
from tests.people import PASSWORD, TOTP_SECRET

NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


def sign_in(person: Person) -> NewSession:
    return complete_sign_in(begin_sign_in(person.pin, PASSWORD).token, build_code(TOTP_SECRET, now=wall_now()))


def refusal_of(pin: str, password: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        begin_sign_in(pin, password)
    return caught.value


def test_pin_and_password_are_worth_level_1(account: Account, person: Person) -> None:
    new = begin_sign_in(person.pin, PASSWORD)
    session = find_session(new.token)
    assert session == new.session
    assert (session.level, session.amr) == (AuthenticationLevel.LOA1, ("pwd",))
    assert (session.account_id, session.person_id) == (account.id, person.id)


def test_a_totp_code_raises_the_session_to_level_2_under_a_new_token(account: Account, person: Person) -> None:
    """ASVS 5, 7.2.4: a new token on authentication, so that one planted before (fixation) is worth nothing."""
    first = begin_sign_in(person.pin, PASSWORD)
    second = complete_sign_in(first.token, build_code(TOTP_SECRET, now=wall_now()))
    assert (second.session.level, second.session.amr) == (AuthenticationLevel.LOA2, ("pwd", "otp", "mfa"))
    assert second.session.id == first.session.id
    assert second.token != first.token
    with pytest.raises(Unauthenticated) as caught:
        find_session(first.token)
    assert caught.value.code == "session_none"


def test_only_the_hash_of_a_token_is_stored(account: Account, person: Person) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    row = db.session.scalars(select(SignInSession)).one()
    assert token not in [str(value) for value in vars(row).values()]
    assert len(row.token_hash) == 64


def test_whatever_was_wrong_the_refusal_is_the_same(
    account: Account, person: Person, make_account: MakeAccount
) -> None:
    wrong_password = refusal_of(person.pin, "Wrong#Pass1")
    unknown = refusal_of(UNKNOWN_PIN, PASSWORD)
    empty = refusal_of(UNKNOWN_PIN, "")
    lock_account(account.id, LockReason.HOLDER)
    locked = refusal_of(person.pin, PASSWORD)
    assert len({(r.code, r.detail, r.status) for r in (wrong_password, unknown, empty, locked)}) == 1
    assert wrong_password.code == "sign_in_failed"


def test_an_account_that_is_not_activated_cannot_sign_in(make_account: MakeAccount, person: Person) -> None:
    make_account(state=AccountState.APPROVED)
    assert refusal_of(person.pin, PASSWORD).code == "sign_in_failed"


@pytest.mark.parametrize("known", [True, False])
def test_wrong_passwords_are_counted_whether_or_not_the_pin_is_known(
    account: Account, person: Person, known: bool
) -> None:
    pin = person.pin if known else UNKNOWN_PIN
    with time_machine.travel(NOON, tick=False):
        for _ in range(FREE_TRIES):
            refusal_of(pin, "Wrong#Pass1")
        with pytest.raises(TooManyAttempts) as caught:
            begin_sign_in(pin, PASSWORD)
    assert caught.value.code == "too_many_tries"
    assert caught.value.retry_at == NOON + timedelta(minutes=1)


def test_nobody_is_shut_out_for_longer_than_fifteen_minutes(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(FREE_TRIES + 8):
            refusal_of(person.pin, "Wrong#Pass1")
            now.shift(LONGEST_WAIT)
        assert begin_sign_in(person.pin, PASSWORD).session.account_id == account.id


def test_a_days_rest_forgives_wrong_tries(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(FREE_TRIES - 1):
            refusal_of(person.pin, "Wrong#Pass1")
        now.shift(timedelta(days=1, seconds=1))
        for _ in range(FREE_TRIES):
            refusal_of(person.pin, "Wrong#Pass1")


def test_a_success_forgives_wrong_tries(account: Account, person: Person) -> None:
    for _ in range(2):
        for _ in range(FREE_TRIES - 1):
            refusal_of(person.pin, "Wrong#Pass1")
        begin_sign_in(person.pin, PASSWORD)


def test_a_strangers_guessing_does_not_keep_a_known_browser_out(account: Account, person: Person) -> None:
    mark = issue_browser_mark(account.id)
    for _ in range(FREE_TRIES):
        refusal_of(person.pin, "Wrong#Pass1")
    with pytest.raises(TooManyAttempts):
        begin_sign_in(person.pin, PASSWORD, known_browser="forged.mark")
    assert begin_sign_in(person.pin, PASSWORD, known_browser=mark).session.account_id == account.id


def test_a_code_is_accepted_once(account: Account, person: Person) -> None:
    """RFC 6238, section 5.2: the verifier must not accept the second attempt of the OTP."""
    with time_machine.travel(NOON, tick=False):
        code = build_code(TOTP_SECRET, now=NOON)
        complete_sign_in(begin_sign_in(person.pin, PASSWORD).token, code)
        with pytest.raises(Unauthenticated) as caught:
            complete_sign_in(begin_sign_in(person.pin, PASSWORD).token, code)
    assert (caught.value.code, caught.value.reason) == ("sign_in_failed", "otp_used")


def test_wrong_codes_are_counted(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        token = begin_sign_in(person.pin, PASSWORD).token
        for _ in range(FREE_TRIES):
            with pytest.raises(Unauthenticated):
                complete_sign_in(token, "000000")
        with pytest.raises(TooManyAttempts):
            complete_sign_in(token, build_code(TOTP_SECRET, now=NOON))


def test_an_idle_session_ends_and_one_in_use_does_not(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        token = sign_in(person).token
        for _ in range(3):
            now.shift(timedelta(minutes=29))
            touch_session(find_session(token))
        now.shift(timedelta(minutes=30))
        with pytest.raises(Unauthenticated) as caught:
            find_session(token)
    assert caught.value.code == "session_none"


def test_a_session_ends_after_twelve_hours_whatever_its_use(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        token = sign_in(person).token
        for _ in range(35):
            now.shift(timedelta(minutes=20))
            touch_session(find_session(token))
        now.shift(timedelta(minutes=20))
        with pytest.raises(Unauthenticated):
            find_session(token)


def test_a_closed_session_is_over(account: Account, person: Person) -> None:
    token = sign_in(person).token
    close_session(token)
    with pytest.raises(Unauthenticated) as caught:
        find_session(token)
    assert caught.value.code == "session_none"


def test_locking_the_account_ends_its_sessions_at_once(account: Account, person: Person) -> None:
    token = sign_in(person).token
    lock_account(account.id, LockReason.HOLDER)
    with pytest.raises(Unauthenticated):
        find_session(token)


def test_sign_ins_are_in_the_audit_log_done_or_refused(app: Flask, account: Account, person: Person) -> None:
    refusal_of(person.pin, "Wrong#Pass1")
    sign_in(person)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.person_id == person.id)).all()
    assert [(e.act, e.details["result"]) for e in entries] == [
        ("begin_sign_in", "refused"),
        ("begin_sign_in", "done"),
        ("complete_sign_in", "done"),
    ]
    assert PASSWORD not in str([e.details for e in entries])


def test_whoever_proved_enough_has_a_session_of_the_level_of_what_was_used(account: Account, person: Person) -> None:
    new = begin_session_for(account.id, [Factor.PASSKEY, Factor.FACE], act="begin_sign_in")
    assert find_session(new.token) == new.session
    assert (new.session.level, new.session.amr) == (AuthenticationLevel.LOA3, ("pop", "face", "mfa"))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "begin_sign_in")).one()
    assert (entry.person_id, entry.details) == (person.id, {"result": "done", "level": "LoA3"})


def test_nothing_proved_begins_a_session_of_an_account_that_cannot_be_used(account: Account) -> None:
    lock_account(account.id, LockReason.HOLDER)
    with pytest.raises(Unauthenticated) as refused:
        begin_session_for(account.id, [Factor.PASSKEY], act="begin_sign_in")
    assert refused.value.code == "sign_in_failed"
    db.session.rollback()
    assert db.session.scalars(select(SignInSession)).all() == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "begin_sign_in")).one()
    assert entry.details == {"result": "refused"}
