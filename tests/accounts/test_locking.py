"""Locks by hand and by themselves, and what they end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from eid import events
from eid.accounts.lifecycle import AUTOMATIC_REASONS, AccountState, LockReason
from eid.accounts.locking import lock_account, lock_accounts_of_expired_cards, unlock_account
from eid.accounts.models import Account
from eid.accounts.sign_in import begin_sign_in, find_session
from eid.app import HANDLERS
from eid.audit import AuditEntry
from eid.cards.reader import DemoCard
from eid.cards.service import issue_card, report_card_lost, return_card, revoke_card, withhold_card
from eid.clock import world_today
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, NotFound, Refused, Unauthenticated
from eid.events import AccountLocked, AccountUnlocked
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import MakeAccount, last_text, world_later
from tests.people import PASSWORD


@pytest.fixture
def heard(account: Account) -> list[Any]:
    """What was told to packages to the left."""
    told: list[Any] = []
    handlers = dict(HANDLERS)
    for kind in (AccountLocked, AccountUnlocked):
        handlers[kind] = (*handlers.get(kind, ()), told.append)
    events.register_handlers(handlers)
    return told


def test_a_lock_is_told_and_ends_sessions(account: Account, person: Person, heard: list[Any]) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    lock_account(account.id, LockReason.HOLDER)
    assert (account.state, account.lock_reasons) == (AccountState.LOCKED, {"holder"})
    assert heard == [AccountLocked(account.id, person.id, "holder")]
    with pytest.raises(Unauthenticated):
        find_session(token)


def test_unlocking_gives_back_what_was_before_but_no_session(
    account: Account, person: Person, heard: list[Any]
) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    lock_account(account.id, LockReason.HOLDER)
    assert unlock_account(account.id) == AccountState.ACTIVE
    assert heard[1:] == [AccountUnlocked(account.id, person.id)]
    with pytest.raises(Unauthenticated):
        find_session(token)
    begin_sign_in(person.pin, PASSWORD)


def test_an_account_is_unlocked_only_when_the_last_reason_ends(account: Account, heard: list[Any]) -> None:
    """Law 26/2023, article 34.2."""
    lock_account(account.id, LockReason.HOLDER)
    lock_account(account.id, LockReason.TERMS)
    assert unlock_account(account.id, LockReason.HOLDER) == AccountState.LOCKED
    assert unlock_account(account.id, LockReason.TERMS) == AccountState.ACTIVE
    assert [type(fact) for fact in heard] == [AccountLocked, AccountLocked, AccountUnlocked]


def test_a_second_lock_for_the_same_reason_changes_and_tells_nothing(account: Account, heard: list[Any]) -> None:
    lock_account(account.id, LockReason.HOLDER)
    lock_account(account.id, LockReason.HOLDER)
    assert len(heard) == 1
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.act == "lock_account")).all()) == 1


@pytest.mark.parametrize("reason", sorted(AUTOMATIC_REASONS))
def test_what_register_and_cards_say_is_not_said_by_hand(account: Account, reason: LockReason) -> None:
    for act in (lock_account, unlock_account):
        with pytest.raises(Refused) as caught:
            act(account.id, reason)
        assert caught.value.code == "lock_automatic"


def test_there_must_be_a_lock_to_lift(account: Account) -> None:
    with pytest.raises(Conflict) as caught:
        unlock_account(account.id)
    assert caught.value.code == "account_not_locked"


def test_an_unknown_account_is_not_found(account: Account) -> None:
    for act in (lock_account, unlock_account):
        with pytest.raises(NotFound) as caught:
            act(account.id + 1, LockReason.HOLDER)
        assert caught.value.code == "account_unknown"


@pytest.mark.parametrize("end", [withhold_card, revoke_card, report_card_lost])
def test_a_card_that_ends_locks_its_holders_account(
    carded: DemoCard, account: Account, person: Person, heard: list[Any], end: Any
) -> None:
    """Law 26/2023, article 34.1 (c); Decree 69/2024, articles 8 and 29.1: in the same transaction."""
    end(person.id, reason="test")
    assert heard == [AccountLocked(account.id, person.id, "card")]
    assert account.state == AccountState.LOCKED


def test_a_returned_card_unlocks(carded: DemoCard, account: Account, person: Person) -> None:
    """Decree 69/2024, article 30: by itself, when the ground is gone."""
    withhold_card(person.id, reason="test")
    return_card(person.id)
    assert account.state == AccountState.ACTIVE


def test_a_new_card_after_a_lost_one_unlocks(carded: DemoCard, account: Account, person: Person) -> None:
    report_card_lost(person.id)
    issue_card(person.pin)
    assert account.state == AccountState.ACTIVE


def test_replacing_a_good_card_never_locks(
    carded: DemoCard, account: Account, person: Person, heard: list[Any]
) -> None:
    token = begin_sign_in(person.pin, PASSWORD).token
    issue_card(person.pin)
    assert heard == []
    assert find_session(token).account_id == account.id


def test_a_death_locks_for_good(carded: DemoCard, account: Account, person: Person) -> None:
    """Law 26/2023, article 34.1 (d)."""
    register_death(person.pin, died_on=world_today())
    assert LockReason.DEATH in account.lock_reasons
    with pytest.raises(Conflict):
        unlock_account(account.id)


def test_a_person_without_an_account_may_die_or_lose_a_card(carded: DemoCard, person: Person) -> None:
    withhold_card(person.id, reason="test")
    register_death(person.pin, died_on=world_today())
    assert person.died_on is not None


def test_an_account_that_was_never_activated_is_approved_again(
    carded: DemoCard, make_account: MakeAccount, person: Person
) -> None:
    account = make_account(state=AccountState.APPROVED)
    lock_account(account.id, LockReason.TERMS)
    assert unlock_account(account.id) == AccountState.APPROVED


def test_the_holder_is_told_at_once(account: Account) -> None:
    """Law 26/2023, article 34."""
    lock_account(account.id, LockReason.TERMS)
    assert "da bi khoa" in last_text()
    unlock_account(account.id)
    assert "da duoc mo khoa" in last_text()


def test_a_card_that_expires_locks_the_account_and_the_next_one_unlocks_it(
    carded: DemoCard, account: Account, person: Person, settings: Settings
) -> None:
    """Decree 69/2024, article 15: citizens' accounts lock when the card expires."""
    assert lock_accounts_of_expired_cards() == 0
    with world_later(settings, days=365.25 * 25):
        assert lock_accounts_of_expired_cards() == 1
        assert account.lock_reasons == {"card"}
        assert lock_accounts_of_expired_cards() == 0
        issue_card(person.pin)
        assert account.state == AccountState.ACTIVE


def test_whoever_signs_in_with_an_expired_card_is_locked_then_at_the_latest(
    carded: DemoCard, account: Account, person: Person, settings: Settings
) -> None:
    with world_later(settings, days=365.25 * 25):
        with pytest.raises(Unauthenticated) as caught:
            begin_sign_in(person.pin, PASSWORD)
        assert caught.value.code == "sign_in_failed"
        assert account.lock_reasons == {"card"}


def test_an_expired_card_adds_its_reason_to_an_account_that_is_locked(
    carded: DemoCard, account: Account, settings: Settings
) -> None:
    lock_account(account.id, LockReason.HOLDER)
    with world_later(settings, days=365.25 * 25):
        assert lock_accounts_of_expired_cards() == 1
    assert unlock_account(account.id) == AccountState.LOCKED
