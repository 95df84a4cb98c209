"""Recovery on both databases: what must be proved, the wait, who is told, cancelling, and everything that is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts import recovery
from eid.accounts.authenticators import check_passcode
from eid.accounts.known_browsers import issue_browser_mark
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account, Authenticator, SignInSession
from eid.accounts.phone_change import begin_phone_change
from eid.accounts.question_choices import SecurityQuestion
from eid.accounts.questions import change_questions
from eid.accounts.recovery_attempts import find_recovery, find_waiting
from eid.accounts.recovery_choices import (
    choose_recovered_passcode,
    choose_recovered_password,
    confirm_new_phone,
    confirm_recovered_authenticator,
)
from eid.accounts.recovery_models import HolderNotice, Recovery, RecoveryText
from eid.accounts.recovery_rules import Proof, RecoveryKind, RecoveryStep
from eid.accounts.security import issue_recovery_codes
from eid.accounts.service import lock_account
from eid.accounts.sign_in import Session, begin_sign_in, complete_sign_in
from eid.audit import ActorKind, find_acts_about
from eid.cards.portrait import draw_portrait
from eid.cards.reader import DemoCard
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import Refusal, TooManyAttempts, VerificationFailed
from eid.events import PhoneChanged, SecretChanged, _handlers
from eid.outbox import find_messages
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, hand_out_card, in_threads, last_text, present, texted_code, world_later
from tests.accounts.possessions import has_possessions, record_possessions
from tests.accounts.test_guessing import ATTACKERS, codes_of
from tests.people import ANSWERS, HOA, PASSWORD, PHONE, TOTP_SECRET, record_one
from tests.turns import both_engines

NEW = "BenDo#2031x"
NEW_PHONE = "0100000777"


@pytest.fixture
def session(account: Account, person: Person) -> Session:
    """Minh, signed in at level 2, with two questions; a step of the authenticator later."""
    account.email = "minh@eid.example"
    db.session.commit()
    new = begin_sign_in(person.pin, PASSWORD)
    signed_in = complete_sign_in(new.token, build_code(TOTP_SECRET, now=wall_now())).session
    change_questions(signed_in, password=PASSWORD, answers=ANSWERS)
    return signed_in


@pytest.fixture
def later(session: Session) -> Iterator[time_machine.Traveller]:
    """A minute later, so that the authenticator shows a code that was not used."""
    with time_machine.travel(wall_now() + timedelta(minutes=1), tick=True) as traveller:
        yield traveller


def begin(person: Person, kind: RecoveryKind = RecoveryKind.PASSWORD) -> str:
    token = recovery.begin_recovery(kind, person.pin, PHONE)
    recovery.prove_by_text(token, Proof.PHONE, texted_code())
    return token


def prove_for_password(person: Person) -> str:
    """Enough for a new password: the phone, the authenticator, the answers."""
    token = begin(person)
    recovery.prove_by_totp(token, build_code(TOTP_SECRET, now=wall_now()))
    recovery.prove_by_answers(token, ANSWERS)
    return token


def look_into_camera(person: Person) -> bytes:
    return draw_portrait(person.pin, sex=person.sex).jpeg


def step_of(token: str) -> RecoveryStep | None:
    progress = find_recovery(token)
    db.session.rollback()
    return progress.step if progress else None


def refused(act: Callable[..., Any], *given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*given)
    db.session.rollback()
    return caught.value


def cancel_token() -> str:
    found = re.search(r"/citizen/recovery/cancel/(\S+)", last_text())
    assert found is not None
    return found[1]


def test_a_lost_password_is_recovered_after_a_day(
    later: Any, session: Session, person: Person, settings: Settings
) -> None:
    token = prove_for_password(person)
    assert step_of(token) == RecoveryStep.WAIT
    assert refused(choose_recovered_password, token, NEW).code == "recovery_step"
    with world_later(settings, days=0.99):
        assert step_of(token) == RecoveryStep.WAIT
    with world_later(settings, days=1.01):
        assert step_of(token) == RecoveryStep.PASSWORD
        choose_recovered_password(token, NEW)
        assert step_of(token) == RecoveryStep.DONE
        assert refused(choose_recovered_password, token, "KhacNua#2031").code == "recovery_over"
    assert refused(begin_sign_in, person.pin, PASSWORD).code == "sign_in_failed"
    begin_sign_in(person.pin, NEW)
    assert "da duoc khoi phuc" in last_text()
    assert db.session.get_one(SignInSession, session.id).ended_at is not None


def test_the_holder_is_told_everywhere_when_the_wait_begins(later: Any, session: Session, person: Person) -> None:
    """NIST SP 800-63B-4, section 4.2.3: notify of recovery at every address."""
    prove_for_password(person)
    mail = find_messages(recipient="minh@eid.example", limit=1)[0].body
    for told in (last_text(), mail):
        assert "/citizen/recovery/cancel/" in told
    assert "cancel it at once" in mail
    acts = [notice.act for notice in db.session.scalars(select(HolderNotice).where(HolderNotice.seen_at.is_(None)))]
    assert "await_recovery" in acts
    assert len(find_waiting(session.account_id)) == 1
    assert "await_recovery" in [entry.act for entry in find_acts_about(person.id)]


@pytest.mark.parametrize("how", ["link", "session"])
def test_one_press_cancels_it_and_nothing_has_changed(
    later: Any, session: Session, person: Person, settings: Settings, how: str
) -> None:
    token = prove_for_password(person)
    if how == "link":
        link = cancel_token()
        recovery.cancel_recovery(link)
        assert refused(recovery.cancel_recovery, link).code == "recovery_over"
    else:
        recovery.cancel_own_recoveries(session)
        assert refused(recovery.cancel_own_recoveries, session).code == "recovery_over"
    assert step_of(token) is None
    with world_later(settings, days=2):
        assert refused(choose_recovered_password, token, NEW).code == "recovery_over"
    assert "da bi huy" in last_text()
    begin_sign_in(person.pin, PASSWORD)


def test_everything_comes_back_with_card_and_face_after_three_days(
    later: Any, session: Session, person: Person, settings: Settings, carded: DemoCard
) -> None:
    record_possessions(session.account_id)
    token = begin(person, RecoveryKind.EVERYTHING)
    recovery.prove_by_card(token, present(carded))
    assert step_of(token) == RecoveryStep.PROOFS
    assert has_possessions(session.account_id)
    recovery.prove_by_face(token, look_into_camera(person))
    with world_later(settings, days=2.9):
        assert step_of(token) == RecoveryStep.WAIT
    with world_later(settings, days=3.1):
        choose_recovered_password(token, NEW)
        begin_sign_in(person.pin, PASSWORD)  # nothing takes effect before the last step
        choose_recovered_passcode(token, "864209")
        progress = find_recovery(token)
        assert progress is not None and progress.totp_secret is not None
        assert refused(confirm_recovered_authenticator, token, "000000").code == "otp_wrong"
        confirm_recovered_authenticator(token, build_code(progress.totp_secret, now=wall_now()))
        check_passcode(session.account_id, "864209")
        later.shift(timedelta(minutes=1))
        new = begin_sign_in(person.pin, NEW)
        complete_sign_in(new.token, build_code(progress.totp_secret, now=wall_now()))
    row = db.session.scalars(select(Recovery).where(Recovery.finished_at.is_not(None))).one()
    assert (row.password_hash, row.passcode_hash, row.sealed_totp) == (None, None, None)
    assert not has_possessions(session.account_id)


def test_a_lost_authenticator_comes_back_with_password_and_a_recovery_code(
    later: Any, session: Session, person: Person, settings: Settings
) -> None:
    codes = issue_recovery_codes(session, password=PASSWORD)
    token = begin(person, RecoveryKind.AUTHENTICATOR)
    assert refused(recovery.prove_by_password, token, "Wrong#Pass1").code == "password_wrong"
    recovery.prove_by_password(token, PASSWORD)
    recovery.prove_by_code(token, codes[0].lower())
    assert refused(recovery.prove_by_code, token, codes[1]).code == "recovery_step"
    with world_later(settings, days=1.1):
        progress = find_recovery(token)
        assert progress is not None and progress.totp_secret is not None
        confirm_recovered_authenticator(token, build_code(progress.totp_secret, now=wall_now()))
    assert len(list(db.session.scalars(select(Authenticator).where(Authenticator.kind == "totp")))) == 1


@pytest.mark.parametrize("kind", [RecoveryKind.PASSWORD, RecoveryKind.EVERYTHING])
def test_questions_and_a_texted_code_are_never_sufficient(
    later: Any, session: Session, person: Person, kind: RecoveryKind
) -> None:
    token = begin(person, kind)
    recovery.prove_by_answers(token, ANSWERS)
    assert step_of(token) == RecoveryStep.PROOFS
    assert refused(choose_recovered_password, token, NEW).code == "recovery_step"


def test_nothing_can_be_proved_before_the_phone(session: Session, person: Person, carded: DemoCard) -> None:
    token = recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE)
    for act, given in (
        (recovery.prove_by_answers, ANSWERS),
        (recovery.prove_by_password, PASSWORD),
        (recovery.prove_by_totp, "123456"),
        (recovery.prove_by_code, "AAAAA-AAAAA-AAAAA"),
        (recovery.prove_by_card, present(carded)),
        (recovery.prove_by_face, b"x"),
    ):
        assert refused(act, token, given).code == "recovery_step"


@pytest.mark.parametrize(("pin", "phone"), [(UNKNOWN_PIN, PHONE), (None, "0100000999")])
def test_who_does_not_hold_the_phone_learns_nothing_and_gets_nowhere(
    session: Session, person: Person, pin: str | None, phone: str
) -> None:
    token = recovery.begin_recovery(RecoveryKind.PASSWORD, pin or person.pin, phone)
    assert step_of(token) == RecoveryStep.CODE
    assert refused(recovery.prove_by_text, token, Proof.PHONE, "123456").code == "code_wrong"
    assert refused(recovery.prove_by_totp, token, "123456").code == "recovery_over"


def test_a_locked_account_is_not_recovered_and_its_phone_is_told(session: Session, person: Person) -> None:
    lock_account(session.account_id, LockReason.HOLDER, actor_kind=ActorKind.PERSON, actor=person.id)
    token = recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE)
    assert "khong dung duoc" in last_text()
    assert refused(recovery.prove_by_text, token, Proof.PHONE, "123456").code == "code_wrong"


def test_an_account_that_is_locked_during_the_wait_is_not_recovered(
    later: Any, session: Session, person: Person, settings: Settings
) -> None:
    token = prove_for_password(person)
    lock_account(session.account_id, LockReason.HOLDER, actor_kind=ActorKind.PERSON, actor=person.id)
    with world_later(settings, days=1.1):
        assert refused(choose_recovered_password, token, NEW).code == "recovery_impossible"


def test_the_card_and_the_face_of_another_are_refused(session: Session, person: Person, carded: DemoCard) -> None:
    other = record_one(HOA)
    db.session.commit()
    token = begin(person, RecoveryKind.EVERYTHING)
    wrong = refused(recovery.prove_by_card, token, present(hand_out_card(other.pin)))
    assert wrong.code == "card_of_another"
    face = refused(recovery.prove_by_face, token, look_into_camera(other))
    assert isinstance(face, VerificationFailed) and face.step == "face"
    assert step_of(token) == RecoveryStep.PROOFS


def test_proofs_expire_after_an_hour_and_what_was_recovered_after_seven_days(
    later: Any, session: Session, person: Person, settings: Settings
) -> None:
    token = begin(person)
    with world_later(settings, days=1.1 / 24):
        assert step_of(token) is None
        assert refused(recovery.prove_by_answers, token, ANSWERS).code == "recovery_over"
    recovery.prove_by_totp(token, build_code(TOTP_SECRET, now=wall_now()))
    recovery.prove_by_answers(token, ANSWERS)
    with world_later(settings, days=8.1):
        assert step_of(token) is None
        assert refused(choose_recovered_password, token, NEW).code == "recovery_over"


def test_a_texted_code_is_good_for_five_minutes(later: Any, session: Session, person: Person) -> None:
    token = recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE)
    code = texted_code()
    later.shift(timedelta(minutes=5, seconds=1))
    assert refused(recovery.prove_by_text, token, Proof.PHONE, code).code == "code_wrong"


def test_the_later_of_two_recoveries_takes_the_earlier_ones_place(later: Any, session: Session, person: Person) -> None:
    first = prove_for_password(person)
    later.shift(timedelta(minutes=1))
    second = prove_for_password(person)
    assert (step_of(first), step_of(second)) == (None, RecoveryStep.WAIT)


def test_the_new_password_obeys_the_rules(later: Any, session: Session, person: Person, settings: Settings) -> None:
    token = prove_for_password(person)
    with world_later(settings, days=1.1):
        assert refused(choose_recovered_password, token, "Password1!").code == "password_trivial"
        assert refused(choose_recovered_password, token, "MinhTran@85").code == "password_personal"
        assert step_of(token) == RecoveryStep.PASSWORD


def test_secrets_of_a_recovery_are_kept_as_digests(later: Any, session: Session, person: Person) -> None:
    token = prove_for_password(person)
    stored = [str(vars(row)) for row in db.session.scalars(select(Recovery))]
    stored += [str(vars(row)) for row in db.session.scalars(select(RecoveryText))]
    assert all(secret not in row for row in stored for secret in (token, cancel_token()))


def test_a_new_number_takes_a_code_from_the_old_phone_and_both_are_told(
    session: Session, person: Person, account: Account, told_events: list[Any]
) -> None:
    token = begin_phone_change(session, password=PASSWORD, phone=NEW_PHONE)
    recovery.prove_by_text(token, Proof.NEW_PHONE, texted_code(NEW_PHONE))
    assert step_of(token) == RecoveryStep.PROOFS
    recovery.text_code_again(token, Proof.PHONE)
    recovery.prove_by_text(token, Proof.PHONE, texted_code(PHONE))
    assert step_of(token) == RecoveryStep.DONE
    db.session.refresh(account)
    assert account.phone == NEW_PHONE
    for recipient in (PHONE, NEW_PHONE, "minh@eid.example"):
        assert "ket thuc bang 777" in find_messages(recipient=recipient, limit=1)[0].body
    assert PhoneChanged(account.id, person.id) in told_events


def test_a_new_number_without_the_old_phone_takes_the_card_more_and_three_days(
    session: Session, account: Account, settings: Settings, carded: DemoCard
) -> None:
    token = begin_phone_change(session, password=PASSWORD, phone=NEW_PHONE)
    recovery.prove_by_text(token, Proof.NEW_PHONE, texted_code(NEW_PHONE))
    recovery.prove_by_card(token, present(carded))
    recovery.prove_by_answers(token, ANSWERS)
    assert step_of(token) == RecoveryStep.WAIT
    assert "/citizen/recovery/cancel/" in last_text(PHONE)
    assert "huy ngay" not in last_text(NEW_PHONE)
    assert refused(confirm_new_phone, token).code == "recovery_step"
    with world_later(settings, days=3.1):
        confirm_new_phone(token)
    db.session.refresh(account)
    assert account.phone == NEW_PHONE


def test_a_new_number_is_refused_without_the_password_and_where_it_is_the_old_one(session: Session) -> None:
    wrong = refused(lambda: begin_phone_change(session, password="Wrong#Pass1", phone=NEW_PHONE))
    assert wrong.code == "password_wrong"
    assert refused(lambda: begin_phone_change(session, password=PASSWORD, phone=PHONE)).code == "phone_same"
    assert refused(recovery.begin_recovery, RecoveryKind.PHONE, "x", "y").code == "recovery_kind"


@pytest.fixture
def told_events(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every event that is posted, as its handlers get it."""
    told: list[Any] = []
    for kind in (PhoneChanged, SecretChanged):
        monkeypatch.setitem(_handlers, kind, (*_handlers.get(kind, ()), told.append))
    return told


@both_engines
def test_a_hundred_who_guess_a_texted_code_at_once_get_five_tries(app: Flask, session: Session, person: Person) -> None:
    token = recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE)
    right = texted_code()
    guesses = [code for n in range(ATTACKERS + 1) if (code := f"{n:06}") != right][: ATTACKERS - 1]
    in_threads(app, [lambda code=code: recovery.prove_by_text(token, Proof.PHONE, code) for code in guesses])
    assert db.session.scalars(select(RecoveryText.tries)).one() == 5
    assert refused(recovery.prove_by_text, token, Proof.PHONE, right).code == "code_wrong"


@both_engines
def test_a_hundred_who_guess_answers_at_once_get_five(app: Flask, session: Session, person: Person) -> None:
    token = begin(person)
    guesses = [{**ANSWERS, SecurityQuestion.FIRST_PET: f"guess {n}"} for n in range(ATTACKERS)]
    results = in_threads(app, [lambda guess=guess: recovery.prove_by_answers(token, guess) for guess in guesses])
    assert codes_of(results) == {"answers_wrong": 5, "too_many_tries": ATTACKERS - 5}


@both_engines
def test_a_hundred_who_guess_recovery_codes_at_once_get_five(app: Flask, session: Session, person: Person) -> None:
    issue_recovery_codes(session, password=PASSWORD)
    token = begin(person)
    results = in_threads(
        app, [lambda n=n: recovery.prove_by_code(token, f"AAAAA-BBBBB-{n:05}") for n in range(ATTACKERS)]
    )
    assert codes_of(results) == {"recovery_proof_wrong": 5, "too_many_tries": ATTACKERS - 5}


@both_engines
def test_of_ten_who_finish_one_recovery_at_once_one_does(
    app: Flask, later: Any, session: Session, person: Person, settings: Settings
) -> None:
    token = prove_for_password(person)
    with world_later(settings, days=1.1):
        results = in_threads(app, [lambda n=n: choose_recovered_password(token, f"BenDo#203{n}x") for n in range(10)])
    assert [result for result in results if not isinstance(result, Refusal)] == [None]


def test_requests_for_codes_are_limited_but_not_for_a_known_browser(session: Session, person: Person) -> None:
    for _ in range(5):
        recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE)
    assert isinstance(refused(recovery.begin_recovery, RecoveryKind.PASSWORD, person.pin, PHONE), TooManyAttempts)
    mark = issue_browser_mark(session.account_id)
    assert recovery.begin_recovery(RecoveryKind.PASSWORD, person.pin, PHONE, known_browser=mark)
