"""The life of an account as a table: what may happen in which state, why it is locked, and until when it can be activated.

Law 26/2023, articles 34 and 35; Decree 69/2024, articles 8, 14, 15, 29 and 30. A transition that is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta
from enum import StrEnum

from eid.errors import Conflict, Refused
from eid.late_dataclasses import frozen

ACTIVATION_PERIOD = timedelta(days=7)
"""Decree 69/2024, article 14: from the notice of approval, and again from the call to the hotline."""


class AccountState(StrEnum):
    APPROVED = "approved"
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


class LockReason(StrEnum):
    HOLDER = "holder"
    CARD = "card"
    """The card was withdrawn, withheld, reported lost, or has expired."""
    DEATH = "death"
    AUTHORITY = "authority"
    """A lawful body asked for it: two officers decide, on a request."""
    TERMS = "terms"
    """The holder broke the terms of use, and has not put it right yet."""
    GUARDIAN = "guardian"
    """A ward's last guardian has died or is none any more, so nobody can agree to a use."""
    RESIDENCE = "residence"
    """A foreigner's passport or leave to stay has ended."""


AUTOMATIC_REASONS = frozenset({LockReason.CARD, LockReason.DEATH, LockReason.GUARDIAN, LockReason.RESIDENCE})
"""Set and lifted by the register and the cards alone (article 8), never by hand."""

REQUESTED_REASONS = frozenset({LockReason.AUTHORITY})
"""Set and lifted by a request that two officers decide (articles 29 and 30), never by one person's hand."""


class CloseReason(StrEnum):
    """Why an account is closed for good."""

    HOLDER = "holder"
    DEATH = "death"


class AccountEvent(StrEnum):
    ACTIVATE = "activate"
    REOPEN = "reopen"
    """The hotline lets a late account be activated."""
    LOCK = "lock"
    LIFT = "lift"
    """A reason ends and others remain."""
    UNLOCK = "unlock"
    """The last reason ends, of an account that was active before."""
    UNLOCK_UNACTIVATED = "unlock_unactivated"
    """The last reason ends, of an account that was never activated."""
    UPGRADE = "upgrade"
    """Level 1 becomes level 2; everything else stays as it was."""
    CLOSE = "close"


TRANSITIONS: dict[tuple[AccountState, AccountEvent], AccountState] = {
    (AccountState.APPROVED, AccountEvent.ACTIVATE): AccountState.ACTIVE,
    (AccountState.APPROVED, AccountEvent.REOPEN): AccountState.APPROVED,
    (AccountState.APPROVED, AccountEvent.LOCK): AccountState.LOCKED,
    (AccountState.ACTIVE, AccountEvent.LOCK): AccountState.LOCKED,
    (AccountState.LOCKED, AccountEvent.LOCK): AccountState.LOCKED,
    (AccountState.LOCKED, AccountEvent.LIFT): AccountState.LOCKED,
    (AccountState.LOCKED, AccountEvent.UNLOCK): AccountState.ACTIVE,
    (AccountState.LOCKED, AccountEvent.UNLOCK_UNACTIVATED): AccountState.APPROVED,
    (AccountState.APPROVED, AccountEvent.UPGRADE): AccountState.APPROVED,
    (AccountState.ACTIVE, AccountEvent.UPGRADE): AccountState.ACTIVE,
    (AccountState.APPROVED, AccountEvent.CLOSE): AccountState.CLOSED,
    (AccountState.ACTIVE, AccountEvent.CLOSE): AccountState.CLOSED,
    (AccountState.LOCKED, AccountEvent.CLOSE): AccountState.CLOSED,
}


@frozen
class Standing:
    """Where an account stands; its state is locked exactly while there are reasons."""

    state: AccountState
    reasons: frozenset[LockReason] = frozenset()
    was_activated: bool = False


def state_after(state: AccountState, event: AccountEvent) -> AccountState:
    """The state to which the event leads. Raises Conflict where it cannot happen in this state."""
    if (state, event) not in TRANSITIONS:
        raise Conflict(
            f"account_{state}",
            "The account is not in a state in which this can be done.",
            reason=f"{event} while {state}",
        )
    return TRANSITIONS[state, event]


def activate(standing: Standing) -> Standing:
    """The account is active. Raises Conflict unless it was approved and not locked."""
    return Standing(state_after(standing.state, AccountEvent.ACTIVATE), standing.reasons, was_activated=True)


def lock(standing: Standing, reason: LockReason) -> Standing:
    """The account is locked for this reason too; a second lock for the same reason changes nothing."""
    state = state_after(standing.state, AccountEvent.LOCK)
    return Standing(state, standing.reasons | {reason}, standing.was_activated)


def unlock(standing: Standing, reason: LockReason) -> Standing:
    """This reason no longer holds, and without any the account is again what it was before."""
    remaining = standing.reasons - {reason}
    last = AccountEvent.UNLOCK if standing.was_activated else AccountEvent.UNLOCK_UNACTIVATED
    event = AccountEvent.LIFT if remaining else last
    return Standing(state_after(standing.state, event), remaining, standing.was_activated)


def upgrade(standing: Standing) -> Standing:
    """The account is of level 2 from now on. Raises Conflict while it is locked, or once it is closed."""
    return Standing(
        state_after(standing.state, AccountEvent.UPGRADE), standing.reasons, was_activated=standing.was_activated
    )


def close(standing: Standing) -> Standing:
    """The account is closed for good: nothing leads out of that, and nothing more is to be locked."""
    return Standing(state_after(standing.state, AccountEvent.CLOSE), frozenset(), was_activated=standing.was_activated)


def check_set_by_hand(reason: LockReason) -> None:
    """Raise Refused for a reason that nobody sets and lifts alone (Decree 69/2024, articles 29 and 30).

    lock_automatic: the register and the cards do; lock_requested: two officers do, on a request.
    """
    if reason in AUTOMATIC_REASONS:
        raise Refused(
            "lock_automatic", "This lock follows the register and the cards; it is not set or lifted by hand."
        )
    if reason in REQUESTED_REASONS:
        raise Refused("lock_requested", "This lock is set and lifted by a request that two officers decide.")


def reasons_lifted_by_hand(reasons: Set[LockReason]) -> frozenset[LockReason]:
    """Those of the reasons that an officer or the holder can end."""
    return frozenset(reasons) - AUTOMATIC_REASONS - REQUESTED_REASONS


def check_activation_in_time(*, activate_by: datetime, now: datetime) -> None:
    """Raise Conflict where the seven days are over and nobody has called the hotline."""
    if now > activate_by:
        raise Conflict(
            "activation_overdue",
            "The seven days for activation are over. Call the hotline, which lets the account be activated.",
        )
