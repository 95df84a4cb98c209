"""Guessing at once and over time: never one more try than the rule allows, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eid.accounts.authenticators import record_passcode_use
from eid.accounts.guessing import (
    FREE_TRIES,
    LONGEST_WAIT,
    GuessKind,
    check_may_guess,
    digest_lookup,
    record_failure,
    record_success,
    wait_after,
)
from eid.accounts.known_browsers import issue_browser_mark
from eid.accounts.models import Account, GuessCounter, SignInSession
from eid.accounts.service import check_passcode
from eid.accounts.sign_in import begin_sign_in, complete_sign_in
from eid.app import create_app
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db, insert_unless_present
from eid.errors import Refusal, TooManyAttempts
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, in_threads
from tests.people import PASSCODE, PASSWORD, TOTP_SECRET
from tests.turns import both_engines

NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
ATTACKERS = 100


def codes_of(results: list[Any]) -> Counter[str]:
    return Counter(result.code if isinstance(result, Refusal) else "done" for result in results)


@both_engines
@pytest.mark.parametrize("known", [True, False])
def test_a_hundred_who_guess_a_password_at_once_get_five_answers(
    app: Flask, account: Account, person: Person, known: bool
) -> None:
    """NIST SP 800-63B-4, section 3.2.2; whether or not the PIN has an account."""
    pin = person.pin if known else UNKNOWN_PIN
    results = in_threads(app, [lambda n=n: begin_sign_in(pin, f"Wrong#Pass{n}") for n in range(ATTACKERS)])
    assert codes_of(results) == {"sign_in_failed": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}


@both_engines
def test_the_right_password_among_a_hundred_gains_no_try_for_the_wrong_ones(
    app: Flask, account: Account, person: Person
) -> None:
    pin = person.pin
    guesses = [f"Wrong#Pass{n}" for n in range(ATTACKERS - 1)]
    guesses.insert(ATTACKERS // 2, PASSWORD)
    found = codes_of(in_threads(app, [lambda guess=guess: begin_sign_in(pin, guess) for guess in guesses]))
    assert found["done"] <= 1
    assert found["sign_in_failed"] <= FREE_TRIES * (1 + found["done"])
    assert len(db.session.scalars(select(SignInSession)).all()) == found["done"]


@both_engines
def test_a_hundred_who_guess_a_passcode_at_once_get_five_answers(app: Flask, account: Account) -> None:
    account_id = account.id
    results = in_threads(app, [lambda n=n: check_passcode(account_id, f"{n:06}") for n in range(ATTACKERS)])
    assert codes_of(results) == {"passcode_wrong": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}


@both_engines
def test_a_hundred_who_guess_a_totp_code_at_once_get_five_answers(app: Flask, account: Account, person: Person) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    right = {build_code(TOTP_SECRET, now=wall_now() + timedelta(seconds=30 * n)) for n in range(-2, 4)}
    wrong = [code for n in range(ATTACKERS + 10) if (code := f"{n:06}") not in right][:ATTACKERS]
    results = in_threads(app, [lambda code=code: complete_sign_in(token, code) for code in wrong])
    assert codes_of(results) == {"sign_in_failed": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}


@both_engines
def test_of_ten_who_use_one_totp_code_at_once_one_succeeds(app: Flask, account: Account, person: Person) -> None:
    """RFC 6238, section 5.2: once, also of two at the same moment."""
    pin = person.pin
    tokens = [begin_sign_in(pin, PASSWORD).token for _ in range(10)]
    code = build_code(TOTP_SECRET, now=wall_now())
    results = in_threads(app, [lambda token=token: complete_sign_in(token, code) for token in tokens])
    assert codes_of(results)["done"] == 1


def test_a_strangers_guessing_at_codes_does_not_keep_a_known_browser_out(account: Account, person: Person) -> None:
    """Somebody who has the password spends the tries at the authenticator; its holder's own browser still gets in."""
    token, mark = begin_sign_in(person.pin, PASSWORD).token, issue_browser_mark(account.id)
    right = build_code(TOTP_SECRET, now=wall_now())
    for _ in range(FREE_TRIES):
        guess(lambda: complete_sign_in(token, "00000x"))
    assert guess(lambda: complete_sign_in(token, right)) == "too_many_tries"
    assert guess(lambda: complete_sign_in(token, right, known_browser="made.up")) == "too_many_tries"
    assert guess(lambda: complete_sign_in(token, right, known_browser=mark)) == "done"


def guess(act: Callable[[], Any]) -> str:
    try:
        act()
    except Refusal as refused:
        db.session.rollback()
        return refused.code
    return "done"


def test_counters_survive_a_restart_of_the_service(account: Account, person: Person, settings: Settings) -> None:
    for _ in range(FREE_TRIES):
        guess(lambda: begin_sign_in(person.pin, "Wrong#Pass1"))
    pin = person.pin
    db.session.rollback()
    restarted = create_app(settings)
    with restarted.app_context():
        assert guess(lambda: begin_sign_in(pin, PASSWORD)) == "too_many_tries"
        db.session.remove()
        db.engine.dispose()


def test_a_refused_try_costs_neither_a_hash_nor_more_waiting(account: Account, person: Person) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(FREE_TRIES + 20):
            guess(lambda: begin_sign_in(person.pin, "Wrong#Pass1"))
        now.shift(timedelta(minutes=1))
        assert guess(lambda: begin_sign_in(person.pin, PASSWORD)) == "done"


def test_wrong_passcodes_are_forgotten_only_with_what_the_right_one_was_shown_for(account: Account) -> None:
    subject = digest_lookup(GuessKind.PASSCODE, account.id)
    for _ in range(FREE_TRIES - 1):
        assert refusal_code(lambda: record_passcode_use(account.id, "111222")) == "passcode_wrong"
    db.session.rollback()
    for finish, left in ((db.session.rollback, FREE_TRIES - 1), (db.session.commit, 0)):
        record_passcode_use(account.id, PASSCODE)
        finish()
        counter = db.session.get_one(GuessCounter, (GuessKind.PASSCODE, subject), populate_existing=True)
        assert counter.failures == left


def refusal_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_passwords_and_passcodes_are_counted_apart(account: Account, person: Person) -> None:
    for _ in range(FREE_TRIES):
        guess(lambda: check_passcode(account.id, "000000"))
    assert guess(lambda: check_passcode(account.id, PASSCODE)) == "too_many_tries"
    assert guess(lambda: begin_sign_in(person.pin, PASSWORD)) == "done"


def test_a_counter_does_not_say_what_it_counts(account: Account, person: Person) -> None:
    guess(lambda: begin_sign_in(person.pin, "Wrong#Pass1"))
    counter = db.session.scalars(select(GuessCounter)).one()
    assert person.pin not in counter.subject
    assert len(counter.subject) == 64


@given(st.integers(min_value=0, max_value=10_000))
def test_waits_grow_and_never_beyond_fifteen_minutes(failures: int) -> None:
    waits = [wait_after(n) or timedelta(0) for n in range(failures, failures + 3)]
    assert all(earlier <= later <= LONGEST_WAIT for earlier, later in pairwise(waits))
    assert (wait_after(failures) is None) == (failures < FREE_TRIES)


def test_a_day_of_guessing_without_pause_gets_a_hundred_answers(app: Flask) -> None:
    """Far too few for six digits: a chance of one in ten thousand a day."""
    subject, answered, now = digest_lookup("test", "a day"), 0, NOON
    while now < NOON + timedelta(days=1):
        try:
            record_failure(GuessKind.PASSCODE, subject, now=now)
            answered += 1
        except TooManyAttempts as refused:
            now = refused.retry_at
    assert 95 <= answered <= 105


@pytest.mark.parametrize("wrong_first", range(FREE_TRIES))
def test_a_success_is_counted_like_any_try_and_starts_anew(app: Flask, wrong_first: int) -> None:
    subject = digest_lookup("test", wrong_first)
    for _ in range(wrong_first):
        record_failure(GuessKind.PASSCODE, subject, now=NOON)
    record_success(GuessKind.PASSCODE, subject, now=NOON)
    for _ in range(FREE_TRIES):
        record_failure(GuessKind.PASSCODE, subject, now=NOON)
    for refused in (record_failure, record_success, check_may_guess):
        with pytest.raises(TooManyAttempts) as caught:
            refused(GuessKind.PASSCODE, subject, now=NOON)
        assert caught.value.retry_at == NOON + timedelta(minutes=1)


def test_a_counter_that_is_deleted_as_old_while_somebody_guesses_is_begun_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes between the moment when it was seen to be there and the one when it is held."""
    old = wall_now() - timedelta(days=9)
    db.session.add(GuessCounter(kind=GuessKind.PASSWORD, subject="s", failures=FREE_TRIES, failed_at=old))
    db.session.commit()
    went: list[int] = []

    def insert_then_lose(*given: Any, **values: Any) -> bool:
        done = insert_unless_present(*given, **values)
        if not went:
            went.append(db.session.query(GuessCounter).delete())
        return done

    monkeypatch.setattr("eid.accounts.guessing.insert_unless_present", insert_then_lose)
    record_failure(GuessKind.PASSWORD, "s", now=wall_now())
    db.session.commit()
    assert (went, db.session.scalars(select(GuessCounter.failures)).all()) == ([1], [1])
