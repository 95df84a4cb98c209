"""What the asker sees and does about their own requests: follow them, withdraw them, appeal against a refusal.

Somebody's own are those that they made under their account, and those about them that no lawful body made.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from eid.accounts.models import Account
from eid.accounts.request_lifecycle import RequestEvent, RequestState, check_may_appeal, state_after_event
from eid.accounts.request_models import Request, RequestStage
from eid.accounts.request_plans import BY_AUTHORITY, RequestKind
from eid.accounts.requests import lock_request, record_request
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound

LONGEST_WHY = 300


def list_own_requests(person_id: int) -> Sequence[Request]:
    """The person's own requests, the newest first."""
    return db.session.scalars(select(Request).where(_is_own(person_id)).order_by(Request.id.desc())).all()


def find_own_request(request_id: int, *, person_id: int) -> Request:
    """One of the person's own requests. Raises NotFound: request_unknown, for others' too."""
    request = db.session.scalar(select(Request).where(Request.id == request_id, _is_own(person_id)))
    if request is None:
        raise NotFound("request_unknown", "There is no such request.")
    return request


def may_appeal_against(request: Request) -> bool:
    """Whether an appeal against this would be taken."""
    try:
        _check_may_appeal(request)
    except Conflict:
        return False
    return True


def withdraw_request(request_id: int, *, person_id: int) -> None:
    """The request is withdrawn by its asker, and its stage is over; committed. Raises NotFound; Conflict: request_decided."""
    find_own_request(request_id, person_id=person_id)
    request = lock_request(request_id)
    now = world_now()
    request.state = state_after_event(RequestState(request.state), RequestEvent.WITHDRAW)
    request.decided_at = now
    query = select(RequestStage).where(RequestStage.request_id == request.id, RequestStage.left_at.is_(None))
    for stage in db.session.scalars(query):
        stage.left_at = now
    _record("withdraw_request", request, person_id)
    db.session.commit()


def appeal_request(request_id: int, *, person_id: int, why: str) -> Request:
    """The refusal is appealed against: another request, for an officer who had no part in it; committed.

    Raises NotFound; Malformed: why_missing; Conflict: request_not_refused, appeal_final, appeal_late, appeal_exists.
    """
    find_own_request(request_id, person_id=person_id)
    why = why.strip()
    if not 0 < len(why) <= LONGEST_WHY:
        raise Malformed("why_missing", "Say in a few words why you do not agree.")
    refused = lock_request(request_id)
    _check_may_appeal(refused)
    told = {name: refused.details[name] for name in ("phone", "email") if refused.details.get(name)}
    appeal = record_request(
        RequestKind.APPEAL,
        person_id=refused.person_id,
        asked_by=refused.asked_by_account_id,
        details={**told, "why": why},
        organisation_id=refused.organisation_id,
        account_id=refused.account_id,
        appeal_of=refused.id,
    )
    db.session.commit()
    return appeal


def _check_may_appeal(request: Request) -> None:
    check_may_appeal(
        RequestState(request.state),
        decided_at=request.decided_at,
        is_appeal=request.kind == RequestKind.APPEAL,
        now=world_now(),
    )
    if db.session.scalar(select(Request.id).where(Request.appeal_of == request.id).limit(1)) is not None:
        raise Conflict("appeal_exists", "This refusal was appealed against already.")


def _is_own(person_id: int) -> ColumnElement[bool]:
    account = select(Account.id).where(Account.person_id == person_id).scalar_subquery()
    asked_by_them = Request.asked_by_account_id == account
    about_them = (Request.person_id == person_id) & Request.asked_by_account_id.is_(None)
    return (asked_by_them | about_them) & Request.kind.not_in(BY_AUTHORITY)


def _record(act: str, request: Request, person_id: int) -> None:
    record_act(
        act,
        actor_kind=ActorKind.PERSON,
        actor=person_id,
        person_id=request.person_id,
        request=request.id,
        kind=str(request.kind),
    )
