"""Closing an account for good: at its holder's wish, or after a death. Nothing leads out of that.

The account, its history and its number stay (Decree 69/2024: kept for good); what proved the holder, and every session, goes.
"""

from __future__ import annotations

from sqlalchemy import delete

from eid.accounts import lifecycle
from eid.accounts.lifecycle import CloseReason
from eid.accounts.models import Account, Authenticator, RecoveryCode
from eid.accounts.possessions import record_possessions_ended
from eid.accounts.recovery_models import SecurityAnswer
from eid.accounts.sessions import record_sessions_ended
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import AccountClosed, post_event
from eid.outbox import MessageKind, post_message
from eid.population.service import find_person_by_id

CLOSED_TEXT = (
    "eid: Tai khoan dinh danh dien tu cua ban da duoc dong theo yeu cau. Neu khong phai ban, hay goi duong day nong."
)


def close_account(
    account_id: int, reason: CloseReason, *, actor_kind: ActorKind = ActorKind.SYSTEM, actor: str | int = ""
) -> None:
    """The account is closed. Raises NotFound, Conflict for one that is closed already, or for a death that nobody recorded."""
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound("account_unknown", "There is no such account.")
    record_close(account, reason, actor_kind=actor_kind, actor=actor)
    db.session.commit()


def record_close(
    account: Account, reason: CloseReason, *, actor_kind: ActorKind = ActorKind.SYSTEM, actor: str | int = ""
) -> None:
    """Close an account whose row the caller holds; the caller commits. Raises as close_account."""
    standing = lifecycle.close(account.standing)
    person = find_person_by_id(account.person_id)
    if reason == CloseReason.DEATH and person.died_on is None:
        raise Conflict("person_alive", "The register knows of no death: register it first.")
    account.state, account.closed_at = standing.state, world_now()
    account.locks.clear()
    record_sessions_ended(account.id)
    for table in (Authenticator, RecoveryCode, SecurityAnswer):
        db.session.execute(delete(table).where(table.account_id == account.id))
    record_possessions_ended(account.id)
    db.session.expire(account, ["authenticators"])
    record_act("close_account", actor_kind=actor_kind, actor=actor, person_id=account.person_id, reason=str(reason))
    if reason == CloseReason.HOLDER:
        post_message(MessageKind.TEXT, recipient=account.phone, body=CLOSED_TEXT)
    post_event(AccountClosed(account.id, account.person_id))
