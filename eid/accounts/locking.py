"""Locks: set and lifted by hand, or by what the register and the cards say happened (Decree 69/2024, articles 8, 15, 29, 30).

The record_ functions and the handlers add to the transaction of the act; lock_account and unlock_account commit.
"""

from __future__ import annotations

from sqlalchemy import exists, select

from eid.accounts import lifecycle
from eid.accounts.card_expiry import is_expired_card
from eid.accounts.foreign_papers import have_papers_ended
from eid.accounts.grounds import find_holding
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, AccountLock
from eid.accounts.sessions import record_sessions_ended
from eid.audit import ActorKind, record_act
from eid.cards.models import Card
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import AccountLocked, AccountUnlocked, CardEnded, CardIssued, CitizenshipLost, PersonDied, post_event
from eid.outbox import MessageKind, post_message

LOCKED_TEXT = (
    "eid: Tai khoan dinh danh dien tu cua ban da bi khoa. Neu khong phai ban yeu cau, hay goi duong day nong hoac den "
    "ban tiep dan gan nhat."
)
UNLOCKED_TEXT = "eid: Tai khoan dinh danh dien tu cua ban da duoc mo khoa."
"""Law 26/2023, article 34: the holder is told at once."""


def lock_account(
    account_id: int,
    reason: LockReason,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
    note: str = "",
) -> None:
    """The account is locked for this reason and its sessions have ended; the holder can read `note` beside it.

    Raises Refused for a reason that nobody sets alone, Conflict for an account that is closed.
    """
    lifecycle.check_set_by_hand(reason)
    account = _lock_row(Account.id == account_id)
    if account is None:
        raise NotFound("account_unknown", "There is no such account.")
    record_lock(account, reason, actor_kind=actor_kind, actor=actor, note=note)
    db.session.commit()


def unlock_account(
    account_id: int,
    reason: LockReason | None = None,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
) -> AccountState:
    """This reason, or each that can be lifted by hand, no longer holds; the account's state afterwards.

    Raises Conflict where there is nothing to lift by hand, Refused for a reason that is not lifted by hand.
    """
    account = _lock_row(Account.id == account_id)
    if account is None:
        raise NotFound("account_unknown", "There is no such account.")
    if reason is not None:
        lifecycle.check_set_by_hand(reason)
    reasons = lifecycle.reasons_lifted_by_hand(account.lock_reasons) & ({reason} if reason else set(LockReason))
    if not reasons:
        raise Conflict("account_not_locked", "The account has no lock that can be lifted by hand.")
    for lifted in sorted(reasons):
        record_unlock(account, lifted, actor_kind=actor_kind, actor=actor)
    state = AccountState(account.state)
    db.session.commit()
    return state


def record_lock(
    account: Account,
    reason: LockReason,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
    note: str = "",
) -> None:
    """Lock a row that the caller holds, and end its sessions; the caller commits."""
    standing = lifecycle.lock(account.standing, reason)
    if reason in account.lock_reasons:
        return
    account.locks.append(AccountLock(reason=reason, locked_at=world_now()))
    account.state = standing.state
    record_sessions_ended(account.id)
    noted = {"purpose": note} if note else {}
    record_act(
        "lock_account", actor_kind=actor_kind, actor=actor, person_id=account.person_id, reason=str(reason), **noted
    )
    if reason != LockReason.DEATH:
        post_message(MessageKind.TEXT, recipient=account.phone, body=LOCKED_TEXT)
    post_event(AccountLocked(account.id, account.person_id, str(reason)))


def record_unlock(
    account: Account, reason: LockReason, *, actor_kind: ActorKind = ActorKind.SYSTEM, actor: str | int = ""
) -> None:
    """Lift one reason from a row that the caller holds; the caller commits. Without that reason, nothing happens."""
    if reason not in account.lock_reasons:
        return
    standing = lifecycle.unlock(account.standing, reason)
    account.locks[:] = [lock for lock in account.locks if lock.reason != reason]
    account.state = standing.state
    record_act("unlock_account", actor_kind=actor_kind, actor=actor, person_id=account.person_id, reason=str(reason))
    if standing.state != AccountState.LOCKED:
        post_message(MessageKind.TEXT, recipient=account.phone, body=UNLOCKED_TEXT)
        post_event(AccountUnlocked(account.id, account.person_id))


def lock_accounts_of_expired_cards() -> int:
    """Every account whose holder's card has expired by now is locked (Decree 69/2024, article 15); how many were.

    Nothing happens by itself on the day after a card's last: this runs when the world's clock is moved, and once a day.
    """
    locked_for_card = exists().where(AccountLock.account_id == Account.id, AccountLock.reason == LockReason.CARD)
    overdue = (
        select(Account)
        .join(Card, Card.person_id == Account.person_id)
        .where(is_expired_card(world_today()), Account.state != AccountState.CLOSED, ~locked_for_card)
        .order_by(Account.id)
        .with_for_update(of=Account)
    )
    accounts = db.session.scalars(overdue).all()
    for account in accounts:
        record_lock(account, LockReason.CARD)
    db.session.commit()
    return len(accounts)


def record_expiry(account: Account) -> bool:
    """Lock the account if by now its holder's card, or right to stay, or guardian has ended; whether one had.

    The caller commits.
    """
    ended = find_holding(account.id).ended
    for reason in ended:
        record_lock(account, reason)
    return bool(ended)


def lock_for_death(died: PersonDied) -> None:
    """Handler: the account of somebody who died is locked at once."""
    _follow(died.person_id, LockReason.DEATH)


def lock_for_lost_citizenship(lost: CitizenshipLost) -> None:
    """Handler: the account of somebody who is a citizen no longer is locked, until an authority decides otherwise."""
    _follow(lost.person_id, LockReason.AUTHORITY)


def lock_for_card(ended: CardEnded) -> None:
    """Handler: a card that is lost, withheld or revoked locks its holder's account."""
    _follow(ended.person_id, LockReason.CARD)


def unlock_for_card(issued: CardIssued) -> None:
    """Handler: a good card is in hand again, so this ground of a lock is gone; a new citizen needs no leave to stay."""
    account = _lock_row(Account.person_id == issued.person_id)
    if account is not None:
        record_unlock(account, LockReason.CARD)
        if not have_papers_ended(account.person_id):
            record_unlock(account, LockReason.RESIDENCE)


def _follow(person_id: int, reason: LockReason) -> None:
    account = _lock_row(Account.person_id == person_id)
    if account is not None and account.state != AccountState.CLOSED:
        record_lock(account, reason)


def _lock_row(condition: object) -> Account | None:
    query = select(Account).where(condition).with_for_update()  # type: ignore[arg-type]
    return db.session.scalar(query.execution_options(populate_existing=True))
