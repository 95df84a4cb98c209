"""The life of an account, walked at random (Law 26/2023, articles 34 and 35; Decree 69/2024, article 14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eid.accounts import lifecycle
from eid.accounts.lifecycle import (
    ACTIVATION_PERIOD,
    AUTOMATIC_REASONS,
    REQUESTED_REASONS,
    TRANSITIONS,
    AccountEvent,
    AccountState,
    LockReason,
    Standing,
)
from eid.errors import Conflict, Refused

reasons = st.sampled_from(LockReason)
APPROVED = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


class AccountLife(RuleBasedStateMachine):
    """Everything that can happen, in any order; a refusal changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing(AccountState.APPROVED)
        self.was_active = False
        self.is_closed = False
        self.steps = 0

    @rule()
    def activate(self) -> None:
        if self.standing.state == AccountState.APPROVED:
            self.standing = lifecycle.activate(self.standing)
            self.was_active = True
            return
        with pytest.raises(Conflict) as caught:
            lifecycle.activate(self.standing)
        assert caught.value.code == f"account_{self.standing.state}"

    @rule()
    def upgrade(self) -> None:
        before = self.standing
        if before.state in (AccountState.APPROVED, AccountState.ACTIVE):
            self.standing = lifecycle.upgrade(before)
            assert self.standing == before
            return
        with pytest.raises(Conflict) as caught:
            lifecycle.upgrade(before)
        assert caught.value.code == f"account_{before.state}"

    @precondition(lambda self: self.steps > 8)
    @rule()
    def close(self) -> None:
        if self.standing.state == AccountState.CLOSED:
            with pytest.raises(Conflict) as caught:
                lifecycle.close(self.standing)
            assert caught.value.code == "account_closed"
        self.standing = lifecycle.close(self.standing) if not self.is_closed else self.standing
        self.is_closed = True

    @rule(reason=reasons)
    def lock(self, reason: LockReason) -> None:
        before = self.standing
        if self.is_closed:
            with pytest.raises(Conflict) as caught:
                lifecycle.lock(before, reason)
            assert caught.value.code == "account_closed"
            return
        self.standing = lifecycle.lock(before, reason)
        assert self.standing.reasons == before.reasons | {reason}
        assert lifecycle.lock(self.standing, reason) == self.standing

    @precondition(lambda self: self.standing.reasons)
    @rule(data=st.data())
    def unlock(self, data: st.DataObject) -> None:
        reason = data.draw(st.sampled_from(sorted(self.standing.reasons)))
        self.standing = lifecycle.unlock(self.standing, reason)
        assert reason not in self.standing.reasons

    @invariant()
    def closed_is_final(self) -> None:
        self.steps += 1
        assert (self.standing.state == AccountState.CLOSED) == self.is_closed

    @invariant()
    def it_is_locked_exactly_while_there_are_reasons(self) -> None:
        assert (self.standing.state == AccountState.LOCKED) == bool(self.standing.reasons)

    @invariant()
    def it_is_active_only_after_an_activation_and_never_approved_again(self) -> None:
        assert self.standing.was_activated == self.was_active
        assert not (self.standing.state == AccountState.ACTIVE and not self.was_active)
        assert not (self.standing.state == AccountState.APPROVED and self.was_active)


test_an_account_lives_by_its_table = AccountLife.TestCase


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize("event", AccountEvent)
def test_a_transition_that_is_not_in_the_table_is_refused(state: AccountState, event: AccountEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert lifecycle.state_after(state, event) == TRANSITIONS[state, event]
        return
    with pytest.raises(Conflict) as caught:
        lifecycle.state_after(state, event)
    assert caught.value.code == f"account_{state}"


def test_nothing_leads_out_of_closed() -> None:
    assert not [event for state, event in TRANSITIONS if state == AccountState.CLOSED]


def test_every_state_can_be_reached() -> None:
    reached = {AccountState.APPROVED}
    for _ in AccountState:
        reached |= {to for (state, _event), to in TRANSITIONS.items() if state in reached}
    assert reached == set(AccountState)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_an_account_is_activated_within_seven_days(passed: timedelta) -> None:
    """Decree 69/2024, article 14."""
    activate_by = APPROVED + ACTIVATION_PERIOD
    if passed <= timedelta(days=7):
        lifecycle.check_activation_in_time(activate_by=activate_by, now=APPROVED + passed)
        return
    with pytest.raises(Conflict) as caught:
        lifecycle.check_activation_in_time(activate_by=activate_by, now=APPROVED + passed)
    assert caught.value.code == "activation_overdue"


@pytest.mark.parametrize("reason", LockReason)
def test_locks_of_register_cards_and_authorities_are_not_set_by_hand(reason: LockReason) -> None:
    """Decree 69/2024, articles 29.1 and 30."""
    if reason not in AUTOMATIC_REASONS | REQUESTED_REASONS:
        lifecycle.check_set_by_hand(reason)
        return
    with pytest.raises(Refused) as caught:
        lifecycle.check_set_by_hand(reason)
    assert caught.value.code == ("lock_automatic" if reason in AUTOMATIC_REASONS else "lock_requested")


@given(st.frozensets(reasons))
def test_what_is_lifted_by_hand_and_what_is_not_are_all_reasons(held: frozenset[LockReason]) -> None:
    others = AUTOMATIC_REASONS | REQUESTED_REASONS
    assert lifecycle.reasons_lifted_by_hand(held) | (held & others) == held
    assert not lifecycle.reasons_lifted_by_hand(held) & others
