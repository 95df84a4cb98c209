"""Activation on both databases: the whole way, every refusal, every limit, and two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts import registration
from eid.accounts.activation_steps import ActivationStep
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, Activation, Authenticator
from eid.accounts.opening import open_account
from eid.accounts.registration import PresentedCard
from eid.accounts.service import check_passcode, lock_account, reopen_activation
from eid.accounts.sign_in import begin_sign_in, complete_sign_in
from eid.cards.reader import DemoCard
from eid.cards.service import withhold_card
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import Malformed, Refusal, TooManyAttempts, VerificationFailed
from eid.population.models import Person
from tests.accounts.conftest import (
    UNKNOWN_PIN,
    MakePerson,
    hand_out_card,
    in_threads,
    last_text,
    present,
    texted_code,
    world_later,
)
from tests.people import ANSWERS, PASSCODE, PASSWORD, PHONE
from tests.turns import both_engines

NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def approved(carded: DemoCard, person: Person) -> Account:
    """Minh's account, approved today."""
    return open_account(person.pin, PHONE, officer=7)


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def prove_phone(person: Person) -> str:
    return prove_phone_of(person.pin)


def prove_phone_of(pin: str) -> str:
    token = registration.begin_activation(pin, PHONE)
    registration.confirm_phone(token, texted_code())
    return token


def enrol_authenticator(token: str) -> str:
    progress = registration.find_progress(token)
    assert progress is not None and progress.totp_secret is not None
    registration.confirm_authenticator(token, build_code(progress.totp_secret, now=wall_now()))
    return progress.totp_secret


def come_to_the_card(person: Person) -> tuple[str, str]:
    """An attempt that lacks only the card, and its TOTP secret."""
    token = prove_phone(person)
    registration.choose_password(token, PASSWORD)
    registration.choose_passcode(token, PASSCODE)
    registration.choose_questions(token, ANSWERS)
    return token, enrol_authenticator(token)


def step_of(token: str) -> ActivationStep | None:
    progress = registration.find_progress(token)
    return progress.step if progress else None


def refused(act: Callable[..., Any], *given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*given)
    db.session.rollback()
    return caught.value


def test_from_pin_and_phone_to_an_active_account(approved: Account, person: Person, carded: DemoCard) -> None:
    token = registration.begin_activation(person.pin, PHONE)
    assert step_of(token) == ActivationStep.CODE
    registration.confirm_phone(token, texted_code())
    assert step_of(token) == ActivationStep.PASSWORD
    registration.choose_password(token, PASSWORD)
    assert step_of(token) == ActivationStep.PASSCODE
    registration.choose_passcode(token, PASSCODE)
    assert step_of(token) == ActivationStep.QUESTIONS
    registration.choose_questions(token, ANSWERS)
    assert step_of(token) == ActivationStep.AUTHENTICATOR
    secret = enrol_authenticator(token)
    assert step_of(token) == ActivationStep.CARD
    registration.activate_account(token, present(carded))
    assert step_of(token) == ActivationStep.DONE
    db.session.refresh(approved)
    assert (approved.state, approved.level) == (AccountState.ACTIVE, "2")
    assert "da duoc kich hoat" in last_text()
    check_passcode(approved.id, PASSCODE)
    with time_machine.travel(wall_now() + timedelta(minutes=2), tick=False):
        session = begin_sign_in(person.pin, PASSWORD)
        assert complete_sign_in(session.token, build_code(secret, now=wall_now())).session.level == "LoA2"


def test_the_code_of_the_enrolment_is_not_good_for_signing_in(
    at_noon: time_machine.Traveller, approved: Account, person: Person, carded: DemoCard
) -> None:
    """RFC 6238, section 5.2: a code is accepted once."""
    token, secret = come_to_the_card(person)
    registration.activate_account(token, present(carded))
    new = begin_sign_in(person.pin, PASSWORD)
    assert refused(complete_sign_in, new.token, build_code(secret, now=NOON)).reason == "otp_used"


def test_secrets_at_rest_are_hashed_or_sealed(approved: Account, person: Person, carded: DemoCard) -> None:
    token, secret = come_to_the_card(person)
    attempt = db.session.scalars(select(Activation)).one()
    assert attempt.sealed_totp is not None and secret.encode() not in attempt.sealed_totp
    registration.activate_account(token, present(carded))
    stored = [(a.secret_hash or "") + str(a.sealed_secret) for a in db.session.scalars(select(Authenticator))]
    assert all(plain not in row for row in stored for plain in (PASSWORD, PASSCODE, secret))
    assert [a.secret_hash[:9] for a in db.session.scalars(select(Authenticator)) if a.secret_hash] == ["$argon2id"] * 2


@pytest.mark.parametrize(
    ("step", "confirm"),
    [
        (ActivationStep.PASSWORD, lambda token: registration.choose_password(token, PASSWORD)),
        (ActivationStep.PASSCODE, lambda token: registration.choose_passcode(token, PASSCODE)),
        (ActivationStep.QUESTIONS, lambda token: registration.choose_questions(token, ANSWERS)),
        (ActivationStep.AUTHENTICATOR, lambda token: registration.confirm_authenticator(token, "000000")),
        (ActivationStep.CARD, lambda token: registration.activate_account(token, PresentedCard({}, "", b""))),
    ],
)
def test_no_step_can_be_taken_before_its_turn(
    approved: Account, person: Person, step: ActivationStep, confirm: Callable[[str], None]
) -> None:
    token = registration.begin_activation(person.pin, PHONE)
    assert refused(confirm, token).code == "activation_step"
    assert step_of(token) == ActivationStep.CODE


def test_a_wrong_code_is_counted_and_the_sixth_try_is_in_vain(approved: Account, person: Person) -> None:
    token = registration.begin_activation(person.pin, PHONE)
    right = texted_code()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert refused(registration.confirm_phone, token, wrong).code == "code_wrong"
    assert refused(registration.confirm_phone, token, right).code == "code_wrong"


def test_a_code_lives_five_minutes(at_noon: time_machine.Traveller, approved: Account, person: Person) -> None:
    token = registration.begin_activation(person.pin, PHONE)
    at_noon.shift(timedelta(minutes=5))
    assert refused(registration.confirm_phone, token, texted_code()).code == "code_wrong"


def test_a_code_is_good_once(approved: Account, person: Person) -> None:
    token = prove_phone(person)
    assert refused(registration.confirm_phone, token, texted_code()).code == "code_wrong"
    assert step_of(token) == ActivationStep.PASSWORD


def test_a_new_request_makes_the_old_code_worthless(approved: Account, person: Person) -> None:
    old = registration.begin_activation(person.pin, PHONE)
    old_code = texted_code()
    new = registration.begin_activation(person.pin, PHONE)
    assert refused(registration.confirm_phone, old, old_code).code == "code_wrong"
    registration.confirm_phone(new, texted_code())


def test_a_code_belongs_to_its_own_attempt(approved: Account, person: Person) -> None:
    stranger = registration.begin_activation(UNKNOWN_PIN, PHONE)
    registration.begin_activation(person.pin, PHONE)
    assert refused(registration.confirm_phone, stranger, texted_code()).code == "code_wrong"


@pytest.mark.parametrize(("known", "phone"), [(True, PHONE), (False, PHONE), (True, "0100000999")])
def test_requests_are_limited_whoever_is_asked_for(
    at_noon: time_machine.Traveller, approved: Account, person: Person, known: bool, phone: str
) -> None:
    pin = person.pin if known else UNKNOWN_PIN
    for _ in range(5):
        registration.begin_activation(pin, phone)
    refusal = refused(registration.begin_activation, pin, phone)
    assert isinstance(refusal, TooManyAttempts)
    assert refusal.retry_at == NOON + timedelta(minutes=1)


def test_nothing_tells_whether_pin_and_phone_belong_together(approved: Account, person: Person) -> None:
    for pin, phone in ((person.pin, "0100000999"), (UNKNOWN_PIN, PHONE)):
        token = registration.begin_activation(pin, phone)
        assert step_of(token) == ActivationStep.CODE
        assert refused(registration.confirm_phone, token, "123456").code == "code_wrong"
    assert "da duoc phe duyet" in last_text()


@pytest.mark.parametrize("state", [AccountState.ACTIVE, AccountState.LOCKED])
def test_an_account_that_does_not_wait_gets_no_code_and_its_holder_is_warned(
    approved: Account, person: Person, carded: DemoCard, state: AccountState
) -> None:
    if state == AccountState.ACTIVE:
        registration.activate_account(come_to_the_card(person)[0], present(carded))
    else:
        lock_account(approved.id, LockReason.HOLDER)
    token = registration.begin_activation(person.pin, PHONE)
    assert "khong cho kich hoat" in last_text()
    assert refused(registration.confirm_phone, token, "123456").code == "code_wrong"


def test_after_seven_days_the_hotline_is_needed(approved: Account, person: Person, settings: Settings) -> None:
    """Decree 69/2024, article 14: after seven days, activation only through the hotline."""
    with world_later(settings, days=7.01):
        token = registration.begin_activation(person.pin, PHONE)
        assert refused(registration.confirm_phone, token, texted_code()).code == "activation_overdue"
        assert step_of(token) is None
        reopen_activation(approved.id, officer=7)
        assert step_of(prove_phone(person)) == ActivationStep.PASSWORD


def test_the_seven_days_can_end_in_the_middle(
    approved: Account, person: Person, carded: DemoCard, settings: Settings
) -> None:
    token, _ = come_to_the_card(person)
    with world_later(settings, days=7.01):
        assert refused(registration.activate_account, token, present(carded)).code == "activation_overdue"


def test_an_active_account_cannot_be_reopened(approved: Account, person: Person, carded: DemoCard) -> None:
    registration.activate_account(come_to_the_card(person)[0], present(carded))
    assert refused(lambda: reopen_activation(approved.id, officer=7)).code == "account_active"


@pytest.mark.parametrize(
    "password", ["short1A!", "Aa1!" * 5 + "x", "alllower1!", "NODIGITS!a", "NoSpecial12", "P@ssw0rd!9Z"]
)
def test_a_refused_password_leaves_the_step_as_it_was(approved: Account, person: Person, password: str) -> None:
    token = prove_phone(person)
    if password != "short1A!":
        assert isinstance(refused(registration.choose_password, token, password), Malformed)
        assert step_of(token) == ActivationStep.PASSWORD
    registration.choose_password(token, "short1A!")


def test_a_second_start_begins_anew_and_ends_the_first(approved: Account, person: Person, carded: DemoCard) -> None:
    """Secrets that somebody else chose on the way never end up in the account."""
    first, _ = come_to_the_card(person)
    second = prove_phone(person)
    assert (step_of(first), step_of(second)) == (None, ActivationStep.PASSWORD)
    assert refused(registration.activate_account, first, present(carded)).code == "activation_over"


def test_a_mere_request_does_not_end_an_attempt_that_has_proved_the_phone(approved: Account, person: Person) -> None:
    first = prove_phone(person)
    registration.begin_activation(person.pin, PHONE)
    assert step_of(first) == ActivationStep.PASSWORD


def test_an_attempt_is_over_after_a_day(at_noon: time_machine.Traveller, approved: Account, person: Person) -> None:
    token = prove_phone(person)
    at_noon.shift(timedelta(days=1))
    assert step_of(token) is None
    assert refused(registration.choose_password, token, PASSWORD).code == "activation_over"


def test_the_card_of_another_is_refused_and_ones_own_is_still_good(
    approved: Account, person: Person, carded: DemoCard, make_person: MakePerson
) -> None:
    make_person(person_id=3, pin="975065000108", birth_date=datetime(1965, 8, 25, tzinfo=UTC).date())
    token, _ = come_to_the_card(person)
    refusal = refused(registration.activate_account, token, present(hand_out_card("975065000108")))
    assert isinstance(refusal, VerificationFailed)
    assert (refusal.step, refusal.code) == ("card_holder", "card_of_another")
    registration.activate_account(token, present(carded))


def test_a_changed_byte_on_the_chip_is_refused(approved: Account, person: Person, carded: DemoCard) -> None:
    token, _ = come_to_the_card(person)
    given = present(carded)
    files = dict(given.files) | {"EF.DG1": given.files["EF.DG1"][:-1] + b"0"}
    refusal = refused(registration.activate_account, token, PresentedCard(files, given.challenge_id, given.response))
    assert isinstance(refusal, VerificationFailed)
    assert step_of(token) == ActivationStep.CARD


def test_an_answer_of_the_chip_is_good_once(approved: Account, person: Person, carded: DemoCard) -> None:
    token, _ = come_to_the_card(person)
    given = present(carded)
    wrong = PresentedCard(given.files, given.challenge_id, b"\0" * len(given.response))
    refused(registration.activate_account, token, wrong)
    refusal = refused(registration.activate_account, token, given)
    assert refusal.code == "aa_nonce_reused"


def test_a_card_that_was_withheld_meanwhile_activates_nothing(
    approved: Account, person: Person, carded: DemoCard
) -> None:
    token, _ = come_to_the_card(person)
    withhold_card(person.id, reason="test")
    refused(registration.activate_account, token, present(carded))
    db.session.refresh(approved)
    assert approved.state == AccountState.LOCKED


@both_engines
def test_two_activations_at_the_same_moment_give_one_active_account(
    app: Flask, approved: Account, person: Person, carded: DemoCard
) -> None:
    token, _ = come_to_the_card(person)
    cards = [present(carded) for _ in range(4)]
    results = in_threads(app, [lambda card=card: registration.activate_account(token, card) for card in cards])
    assert [str(r.code) for r in results if r is not None] == ["activation_step"] * 3
    db.session.expire_all()
    assert db.session.scalars(select(Account)).one().state == AccountState.ACTIVE
    assert len(db.session.scalars(select(Authenticator)).all()) == 3


@both_engines
def test_two_phones_proved_at_the_same_moment_leave_one_attempt(app: Flask, approved: Account, person: Person) -> None:
    pin = person.pin
    results = in_threads(app, [lambda: prove_phone_of(pin) for _ in range(2)])
    tokens = [token for token in results if isinstance(token, str)]
    assert sum(step_of(token) == ActivationStep.PASSWORD for token in tokens) <= 1


@both_engines
def test_a_hundred_who_guess_a_code_at_once_get_five_tries(app: Flask, approved: Account, person: Person) -> None:
    token = registration.begin_activation(person.pin, PHONE)
    right = texted_code()
    wrong = [f"{(int(right) + n) % 1_000_000:06}" for n in range(1, 51)]
    in_threads(app, [lambda code=code: registration.confirm_phone(token, code) for code in wrong])
    db.session.expire_all()
    assert db.session.scalars(select(Activation)).one().code_tries == 5
    assert refused(registration.confirm_phone, token, right).code == "code_wrong"
