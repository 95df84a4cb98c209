"""What a holder changes: password, passcode, recovery codes, sessions; each proved by the password, each told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.authenticators import find_secret_hash
from eid.accounts.guessing import FREE_TRIES
from eid.accounts.models import Account, AuthenticatorKind, RecoveryCode
from eid.accounts.security import (
    change_passcode,
    change_password,
    close_other_session,
    count_recovery_codes,
    issue_recovery_codes,
)
from eid.accounts.service import check_passcode
from eid.accounts.sessions import Session, find_sessions_of
from eid.accounts.sign_in import begin_sign_in, complete_sign_in_by_recovery, find_session
from eid.app import HANDLERS
from eid.config import Argon2Cost, Settings
from eid.db import db
from eid.errors import Malformed, NotFound, Refusal, Refused, TooManyAttempts, Unauthenticated
from eid.events import SecretChanged, register_handlers
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads, last_text
from tests.people import PASSCODE, PASSWORD
from tests.turns import both_engines

NEW = "Sen7!xanhBiec"


@pytest.fixture
def session(account: Account, person: Person) -> Session:
    return begin_sign_in(person.pin, PASSWORD).session


def refused(act: Callable[..., Any], *given: Any, **named: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*given, **named)
    db.session.rollback()
    return caught.value


def test_a_new_password_replaces_the_old_and_ends_other_sessions(session: Session, person: Person) -> None:
    other = begin_sign_in(person.pin, PASSWORD)
    change_password(session, current=PASSWORD, new=NEW)
    assert "Mat khau" in last_text()
    assert refused(begin_sign_in, person.pin, PASSWORD).code == "sign_in_failed"
    assert refused(find_session, other.token).code == "session_none"
    assert [found.id for found in find_sessions_of(session.account_id)] == [session.id]
    begin_sign_in(person.pin, NEW)


def test_a_new_passcode_replaces_the_old(session: Session) -> None:
    change_passcode(session, password=PASSWORD, new="830264")
    assert "passcode" in last_text()
    check_passcode(session.account_id, "830264")
    assert refused(check_passcode, session.account_id, PASSCODE).code == "passcode_wrong"


def test_every_change_takes_the_password(session: Session) -> None:
    for act in (
        lambda: change_password(session, current="Wrong#Pass1", new=NEW),
        lambda: change_passcode(session, password="Wrong#Pass1", new="830264"),
        lambda: issue_recovery_codes(session, password="Wrong#Pass1"),
    ):
        refusal = refused(act)
        assert isinstance(refusal, Refused)
        assert refusal.code == "password_wrong"


def test_wrong_passwords_are_counted_here_too(session: Session) -> None:
    for _ in range(FREE_TRIES):
        refused(change_passcode, session, password="Wrong#Pass1", new="830264")
    refusal = refused(change_passcode, session, password=PASSWORD, new="830264")
    assert isinstance(refusal, TooManyAttempts)


def test_new_secrets_obey_the_rules(session: Session) -> None:
    assert isinstance(refused(change_password, session, current=PASSWORD, new="tooPlain"), Malformed)
    assert refused(change_passcode, session, password=PASSWORD, new="123456").code == "passcode_trivial"
    assert refused(change_password, session, current=PASSWORD, new=PASSWORD).code == "password_same"


def test_a_recovery_code_stands_in_for_the_authenticator_once(session: Session, person: Person) -> None:
    codes = issue_recovery_codes(session, password=PASSWORD)
    assert len(set(codes)) == 10
    as_copied = codes[0].lower().replace("-", " ").translate(str.maketrans("oib", "018"))
    raised = complete_sign_in_by_recovery(begin_sign_in(person.pin, PASSWORD).token, as_copied)
    assert (raised.session.level, raised.session.amr) == ("LoA2", ("pwd", "otp", "mfa"))
    assert "con 9 ma" in last_text()
    again = begin_sign_in(person.pin, PASSWORD).token
    refusal = refused(complete_sign_in_by_recovery, again, codes[0])
    assert isinstance(refusal, Unauthenticated)
    assert (refusal.code, refusal.reason) == ("sign_in_failed", "recovery_code_wrong")
    assert count_recovery_codes(session.account_id) == 9


def test_new_codes_make_the_old_ones_worthless(session: Session, person: Person) -> None:
    old = issue_recovery_codes(session, password=PASSWORD)
    issue_recovery_codes(session, password=PASSWORD)
    token = begin_sign_in(person.pin, PASSWORD).token
    assert refused(complete_sign_in_by_recovery, token, old[0]).code == "sign_in_failed"
    assert count_recovery_codes(session.account_id) == 10


def test_codes_are_stored_as_digests(session: Session) -> None:
    codes = {code.replace("-", "") for code in issue_recovery_codes(session, password=PASSWORD)}
    rows = db.session.scalars(select(RecoveryCode)).all()
    assert len(rows) == 10
    assert not codes & {row.digest for row in rows}


def test_anothers_code_opens_nothing(
    session: Session, person: Person, make_person: MakePerson, make_account: MakeAccount
) -> None:
    codes = issue_recovery_codes(session, password=PASSWORD)
    other = make_person(person_id=3, pin="979085000777")
    make_account(other.id, phone="0100000777")
    token = begin_sign_in(other.pin, PASSWORD).token
    assert refused(complete_sign_in_by_recovery, token, codes[0]).code == "sign_in_failed"


def test_guesses_at_recovery_codes_and_at_the_authenticator_share_their_tries(session: Session, person: Person) -> None:
    codes = issue_recovery_codes(session, password=PASSWORD)
    token = begin_sign_in(person.pin, PASSWORD).token
    for _ in range(FREE_TRIES):
        refused(complete_sign_in_by_recovery, token, "AAAAA-AAAAA")
    assert refused(complete_sign_in_by_recovery, token, codes[0]).code == "too_many_tries"
    assert count_recovery_codes(session.account_id) == 10


@both_engines
def test_of_ten_who_use_one_recovery_code_at_once_one_succeeds(app: Flask, session: Session, person: Person) -> None:
    code = issue_recovery_codes(session, password=PASSWORD)[0]
    pin = person.pin
    tokens = [begin_sign_in(pin, PASSWORD).token for _ in range(10)]
    results = in_threads(app, [lambda token=token: complete_sign_in_by_recovery(token, code) for token in tokens])
    assert sum(not isinstance(result, Refusal) for result in results) == 1


def test_one_session_is_ended_and_only_ones_own(
    session: Session, person: Person, make_person: MakePerson, make_account: MakeAccount
) -> None:
    other = begin_sign_in(person.pin, PASSWORD)
    close_other_session(session, other.session.id)
    assert refused(find_session, other.token).code == "session_none"
    assert isinstance(refused(close_other_session, session, other.session.id), NotFound)
    stranger = make_person(person_id=3, pin="979085000777")
    make_account(stranger.id, phone="0100000777")
    theirs = begin_sign_in(stranger.pin, PASSWORD)
    assert refused(close_other_session, session, theirs.session.id).code == "session_unknown"
    assert find_session(theirs.token).person_id == stranger.id


def test_a_changed_secret_is_told_to_whom_it_concerns(session: Session) -> None:
    seen: list[SecretChanged] = []
    register_handlers({SecretChanged: (seen.append,)})
    try:
        change_passcode(session, password=PASSWORD, new="802946")
        change_password(session, current=PASSWORD, new=NEW)
    finally:
        register_handlers(HANDLERS)
    who = (session.account_id, session.person_id)
    assert seen == [SecretChanged(*who, "passcode"), SecretChanged(*who, "password")]


def test_a_hash_of_another_cost_is_made_anew_when_its_secret_is_next_shown(
    app: Flask, account: Account, person: Person
) -> None:
    """OWASP ASVS 5.0, 11.4.2: what is stored follows the cost that is set today."""
    settings: Settings = app.extensions["eid.settings"]
    account_id, pin = account.id, person.pin
    object.__setattr__(settings, "argon2", Argon2Cost(1, 128, 1))
    for kind, show in (
        (AuthenticatorKind.PASSWORD, lambda: begin_sign_in(pin, PASSWORD)),
        (AuthenticatorKind.PASSCODE, lambda: check_passcode(account_id, PASSCODE)),
    ):
        before = find_secret_hash(account_id, kind)
        show()
        after = find_secret_hash(account_id, kind)
        assert before is not None and after is not None
        assert ("m=64," in before, "m=128," in after) == (True, True)
        show()
        assert find_secret_hash(account_id, kind) == after


def test_a_wrong_secret_changes_no_hash(app: Flask, account: Account, person: Person) -> None:
    object.__setattr__(app.extensions["eid.settings"], "argon2", Argon2Cost(1, 128, 1))
    before = find_secret_hash(account.id, AuthenticatorKind.PASSWORD)
    with pytest.raises(Refusal) as caught:
        begin_sign_in(person.pin, "Wrong#Pass1")
    assert caught.value.code == "sign_in_failed"
    assert find_secret_hash(account.id, AuthenticatorKind.PASSWORD) == before
