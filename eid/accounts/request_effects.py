"""What follows from an approved request about accounts; eid.app registers each under its kind. All add and never commit."""

from __future__ import annotations

from eid.accounts.closing import record_close
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import CloseReason, LockReason
from eid.accounts.locking import record_lock, record_unlock
from eid.accounts.models import Account
from eid.accounts.opening import check_may_open, record_account, record_level_2
from eid.accounts.request_lifecycle import RequestEvent, RequestState, state_after_event
from eid.accounts.request_models import Request
from eid.accounts.requests import lock_request, record_effect
from eid.audit import ActorKind
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict
from eid.population.models import Person
from eid.population.service import find_person_by_id


def open_level_1(request: Request) -> None:
    """Effect: an approved account of level 1, and the text that says so. Raises as opening.check_may_open, account_exists."""
    person = _find_person(request)
    check_may_open(person)
    phone, email = str(request.details["phone"]), request.details.get("email")
    record_account(person, level=AccountLevel.ONE, phone=phone, email=email, actor=request.officer_id or "")


def open_level_2(request: Request) -> None:
    """Effect: an account of level 2, or one of level 1 that has grown to it. Raises as opening.record_level_2."""
    phone, email = str(request.details["phone"]), request.details.get("email")
    record_level_2(_find_person(request), phone=phone, email=email, actor=request.officer_id or "")


def lock_for_authority(request: Request) -> None:
    """Effect: the account is locked, as a lawful body asked; who has asked is written beside it."""
    note = f"{request.details.get('authority', '')}, {request.details.get('document', '')}"
    actor = {"actor_kind": ActorKind.OFFICER, "actor": request.officer_id or ""}
    record_lock(_lock_account(request), LockReason.AUTHORITY, note=note, **actor)  # type: ignore[arg-type]


def unlock_for_authority(request: Request) -> None:
    """Effect: this ground of a lock is gone. Raises Conflict: account_not_locked, where it is none."""
    _unlock(request, LockReason.AUTHORITY)


def lock_for_holder(request: Request) -> None:
    """Effect: the account is locked at its holder's wish (Decree 69/2024, article 29: at once). Raises Conflict."""
    actor = {"actor_kind": ActorKind.OFFICER, "actor": request.officer_id or ""}
    record_lock(_lock_account(request), LockReason.HOLDER, **actor)  # type: ignore[arg-type]


def unlock_for_holder(request: Request) -> None:
    """Effect: the holder's own lock is lifted. Raises Conflict: account_not_locked, where it is none."""
    _unlock(request, LockReason.HOLDER)


def close_for_holder(request: Request) -> None:
    """Effect: the account is closed for good."""
    account = _lock_account(request)
    record_close(account, CloseReason.HOLDER, actor_kind=ActorKind.OFFICER, actor=request.officer_id or "")


def grant_appeal(appeal: Request) -> None:
    """Effect: what was refused is approved after all, with all that follows from it."""
    assert appeal.appeal_of is not None
    refused = lock_request(appeal.appeal_of)
    refused.state = state_after_event(RequestState(refused.state), RequestEvent.OVERTURN)
    refused.officer_id, refused.decided_at = appeal.officer_id, world_now()
    record_effect(refused)


def _find_person(request: Request) -> Person:
    assert request.person_id is not None
    return find_person_by_id(request.person_id)


def _unlock(request: Request, reason: LockReason) -> None:
    account = _lock_account(request)
    if reason not in account.lock_reasons:
        raise Conflict("account_not_locked", "The account has no lock that can be lifted by hand.")
    record_unlock(account, reason, actor_kind=ActorKind.OFFICER, actor=request.officer_id or "")


def _lock_account(request: Request) -> Account:
    return db.session.get_one(Account, request.account_id, with_for_update=True, populate_existing=True)
