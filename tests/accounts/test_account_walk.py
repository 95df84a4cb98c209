"""The life of an account walked at random over a real database, by the use cases that everybody uses.

What the tables say (lifecycle.py) is held against what the database holds after every step; a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from eid.accounts import lifecycle
from eid.accounts.authenticators import build_secret_hash, record_authenticators
from eid.accounts.closing import close_account
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, CloseReason, LockReason, Standing
from eid.accounts.locking import lock_account, record_lock, record_unlock, unlock_account
from eid.accounts.models import Account, SignInSession
from eid.accounts.opening import open_account
from eid.accounts.service import reopen_activation
from eid.accounts.sign_in import begin_sign_in
from eid.cards.service import issue_card, return_card, withhold_card
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Refusal
from eid.population.models import Person
from eid.population.registration import register_death
from tests.conftest import Databases, make_settings, running_app
from tests.people import PASSWORD, record_account_of, record_one

numbers = iter(range(10, 10_000))


@pytest.fixture
def country(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """One service on SQLite, for all walks: each is somebody else's life."""
    with databases.empty("sqlite", tmp_path) as url, running_app(make_settings(tmp_path / "state", url)) as app:
        yield app


class Walk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        number = next(numbers)
        self.person: Person = record_one(
            person_id=number, pin=f"979085{number:06}", residence_address=f"Số {number}, đường Mẫu"
        )
        db.session.commit()
        issue_card(self.person.pin)
        self.account: Account = record_account_of(
            self.person.id,
            phone=f"010{number:07}",
            level=AccountLevel.ONE,
            state=AccountState.APPROVED,
        )
        db.session.commit()
        self.expected = Standing(AccountState.APPROVED)
        self.is_alive, self.is_withheld = True, False

    def teardown(self) -> None:
        db.session.rollback()

    def try_to(self, act: object, expected: object) -> None:
        """Do it; either both the service and the table do, or both refuse, with the same code."""
        before = self.expected
        try:
            self.expected = expected()  # type: ignore[operator]
            code = ""
        except Refusal as refusal:
            code = refusal.code
        try:
            act()  # type: ignore[operator]
            assert code == ""
        except Refusal as refusal:
            db.session.rollback()
            assert refusal.code == code
            assert self.expected == before

    @rule()
    def activate(self) -> None:
        """The last step of an activation: the evidence is tests/accounts/test_registration's affair."""

        def act() -> None:
            self.account.state = lifecycle.activate(self.account.standing).state
            self.account.activated_at = world_now()
            hashed = build_secret_hash(PASSWORD)
            record_authenticators(self.account, password_hash=hashed, passcode_hash=hashed, sealed_totp=None)
            db.session.commit()

        self.try_to(act, lambda: lifecycle.activate(self.expected))

    @rule(reason=st.sampled_from([LockReason.HOLDER, LockReason.TERMS]))
    def lock(self, reason: LockReason) -> None:
        self.try_to(lambda: lock_account(self.account.id, reason), lambda: lifecycle.lock(self.expected, reason))

    @rule()
    def lock_for_authority(self) -> None:
        def act() -> None:
            record_lock(self.account, LockReason.AUTHORITY)
            db.session.commit()

        self.try_to(act, lambda: lifecycle.lock(self.expected, LockReason.AUTHORITY))

    @precondition(lambda self: LockReason.AUTHORITY in self.expected.reasons)
    @rule()
    def unlock_for_authority(self) -> None:
        def act() -> None:
            record_unlock(self.account, LockReason.AUTHORITY)
            db.session.commit()

        self.try_to(act, lambda: lifecycle.unlock(self.expected, LockReason.AUTHORITY))

    @precondition(lambda self: lifecycle.reasons_lifted_by_hand(self.expected.reasons))
    @rule(data=st.data())
    def unlock(self, data: st.DataObject) -> None:
        reason = data.draw(st.sampled_from(sorted(lifecycle.reasons_lifted_by_hand(self.expected.reasons))))
        self.try_to(lambda: unlock_account(self.account.id, reason), lambda: lifecycle.unlock(self.expected, reason))

    @precondition(lambda self: self.is_alive and not self.is_withheld)
    @rule()
    def withhold(self) -> None:
        withhold_card(self.person.id, reason="test")
        self.is_withheld = True
        if self.expected.state != AccountState.CLOSED:
            self.expected = lifecycle.lock(self.expected, LockReason.CARD)

    @precondition(lambda self: self.is_alive and self.is_withheld)
    @rule()
    def give_back(self) -> None:
        return_card(self.person.id)
        self.is_withheld = False
        if LockReason.CARD in self.expected.reasons:
            self.expected = lifecycle.unlock(self.expected, LockReason.CARD)

    @rule()
    def reopen(self) -> None:
        def expected() -> Standing:
            lifecycle.state_after(self.expected.state, lifecycle.AccountEvent.REOPEN)
            return self.expected

        self.try_to(lambda: reopen_activation(self.account.id, officer=7), expected)

    @precondition(lambda self: self.is_alive and not self.is_withheld and self.account.level == AccountLevel.ONE)
    @rule()
    def grow(self) -> None:
        def expected() -> Standing:
            return lifecycle.upgrade(self.expected)

        before = (self.account.id, self.account.approved_at, self.account.activated_at)
        self.try_to(lambda: open_account(self.person.pin, "0100000000", officer=7), expected)
        assert (self.account.id, self.account.approved_at, self.account.activated_at) == before

    @precondition(lambda self: self.expected.state == AccountState.ACTIVE)
    @rule()
    def sign_in(self) -> None:
        begin_sign_in(self.person.pin, PASSWORD)

    @precondition(lambda self: self.is_alive and self.expected.reasons)
    @rule()
    def die(self) -> None:
        register_death(self.person.pin, died_on=world_today())
        self.is_alive = False
        self.expected = lifecycle.lock(self.expected, LockReason.DEATH)
        if not self.is_withheld:
            self.expected = lifecycle.lock(self.expected, LockReason.CARD)
            self.is_withheld = True

    @precondition(lambda self: len(self.expected.reasons) > 1)
    @rule()
    def close(self) -> None:
        reason = CloseReason.HOLDER if self.is_alive else CloseReason.DEATH
        self.try_to(lambda: close_account(self.account.id, reason), lambda: lifecycle.close(self.expected))

    @invariant()
    def the_database_stands_where_the_table_says(self) -> None:
        db.session.expire_all()
        assert self.account.standing == self.expected

    @invariant()
    def it_is_locked_exactly_while_there_are_reasons(self) -> None:
        assert (self.account.state == AccountState.LOCKED) == bool(self.account.locks)

    @invariant()
    def nobody_is_signed_in_to_an_account_that_is_not_active(self) -> None:
        live = select(SignInSession).where(
            SignInSession.account_id == self.account.id, SignInSession.ended_at.is_(None)
        )
        assert self.account.state == AccountState.ACTIVE or db.session.scalars(live).all() == []

    @invariant()
    def what_is_closed_stays_closed_and_holds_nothing(self) -> None:
        is_closed = self.account.state == AccountState.CLOSED
        assert is_closed == (self.account.closed_at is not None)
        assert not is_closed or self.account.authenticators == []


def test_an_account_lives_by_its_table_in_the_database_too(country: Flask) -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
