"""Requests to the account authority: made, examined stage by stage, decided once. What a decision brings about is registered
by eid.app; what the asker does later is in request_answers.py.

The record_ functions add to the caller's transaction; the others commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eid.accounts.four_eyes import check_not_concerned, check_other_eyes
from eid.accounts.holidays import read_holidays
from eid.accounts.models import Account, Officer
from eid.accounts.officers import Duty, check_duty, check_place
from eid.accounts.request_lifecycle import OPEN_STATES, RequestEvent, RequestState, state_after_event
from eid.accounts.request_models import Request, RequestStage
from eid.accounts.request_plans import (
    BY_AUTHORITY,
    ONE_AT_A_TIME,
    RequestForm,
    RequestKind,
    StageName,
    form_of,
    plan_of,
)
from eid.accounts.request_telling import tell_of_decision
from eid.accounts.working_days import deadline_of
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Unavailable
from eid.population.models import Person

__all__ = [
    "Effect",
    "Effects",
    "Request",
    "RequestForm",
    "RequestKind",
    "RequestState",
    "decide_request",
    "list_stages",
    "lock_request",
    "open_request",
    "record_decision",
    "record_effect",
    "record_request",
    "register_effects",
    "take_over_request",
]

Effect = Callable[[Request], None]
"""What an approved request brings about, within the transaction of the decision; adds and never commits."""
Effects = Mapping[RequestKind, Effect]

LONGEST_REASON = 300

DUTY_OF_STAGE: dict[str, Duty] = {StageName.REVIEW: Duty.REVIEW, StageName.DECISION: Duty.DECIDE}


def register_effects(effects: Effects) -> None:
    """From now on these effects, and no others, follow approved requests in this process."""
    _effects.clear()
    _effects.update(effects)


def open_request(kind: RequestKind, *, person_id: int | None, asked_by: int | None, details: dict[str, Any]) -> Request:
    """As record_request, committed."""
    request = record_request(kind, person_id=person_id, asked_by=asked_by, details=details)
    db.session.commit()
    return request


def record_request(
    kind: RequestKind,
    *,
    person_id: int | None,
    asked_by: int | None,
    details: dict[str, Any],
    organisation_id: int | None = None,
    account_id: int | None = None,
    officer: int | None = None,
    appeal_of: int | None = None,
) -> Request:
    """Add a request and its first stage, with their deadlines in working days; the caller commits.

    `person_id` is whom it is about, `asked_by` the account of who asks, `officer` who took it in at the desk; with neither of
    these it is the person's own. `details` never hold a secret. Raises Conflict: request_open, where one is under way already.
    """
    if kind in ONE_AT_A_TIME and person_id is not None:
        _check_none_open(kind, person_id)
    now, plan, holidays = world_now(), plan_of(kind, details), read_holidays()
    request = Request(
        kind=kind,
        person_id=person_id,
        organisation_id=organisation_id,
        account_id=account_id,
        asked_by_account_id=asked_by,
        officer_id=officer,
        place=db.session.get_one(Officer, officer).place if officer is not None else None,
        form=form_of(kind),
        details=details,
        state=RequestState.REQUESTED,
        stage=plan[0].name,
        stage_due_at=deadline_of(now, plan[0].days, holidays=holidays),
        due_at=deadline_of(now, sum(stage.days for stage in plan), holidays=holidays),
        opened_at=now,
        appeal_of=appeal_of,
    )
    db.session.add(request)
    db.session.flush()
    _record_stage(request)
    actor_kind, actor = _find_actor(request, officer)
    _record("open_request", request, actor_kind=actor_kind, actor=actor)
    return request


def take_over_request(request_id: int, *, officer: int) -> Request:
    """The officer works on the request's stage from now on, whoever did before; committed.

    Raises NotFound, Conflict for one that is decided, Refused for an officer whose role or desk is another, whom it is about,
    or who had an earlier stage of it: officer_role, officer_place, own_request, four_eyes.
    """
    request = lock_request(request_id)
    _record_take_over(request, officer)
    db.session.commit()
    return request


def decide_request(request_id: int, *, officer: int, decision: RequestState, reason: str = "") -> Request:
    """The stage is done: the request is approved, with all that follows from it, or goes on to its next stage; or it is refused
    for this reason. Of two decisions, one happens.

    Who has not taken it over does so by this. Raises NotFound for an unknown request; Conflict for one that is decided, or on
    which another officer works (request_taken); Malformed for a decision that is none or a refusal without reason; Refused as
    take_over_request; and whatever its effect refuses: then nothing has changed.
    """
    _check_decision(decision, reason)
    request = lock_request(request_id)
    stage = _find_stage(request)
    if stage is None or stage.officer_id is None or request.state not in OPEN_STATES:
        _record_take_over(request, officer)
    elif stage.officer_id != officer:
        raise Conflict("request_taken", "Another officer works on this request: take it over first.")
    else:
        _check_may_have(request, officer)
    record_decision(request, officer=officer, decision=decision, reason=reason)
    db.session.commit()
    return request


def record_decision(request: Request, *, officer: int, decision: RequestState, reason: str = "") -> None:
    """As decide_request, for a row that the caller holds and an officer who was found to be the right one; the caller commits."""
    if request.state == RequestState.REQUESTED:
        request.state = state_after_event(RequestState(request.state), RequestEvent.TAKE_OVER)
    now = world_now()
    _leave_stage(request, officer, now)
    plan = plan_of(RequestKind(request.kind), request.details)
    following = [stage.name for stage in plan].index(StageName(request.stage)) + 1
    if decision == RequestState.APPROVED and following < len(plan):
        request.state = state_after_event(RequestState(request.state), RequestEvent.PASS_ON)
        request.stage, request.officer_id = plan[following].name, None
        request.stage_due_at = deadline_of(now, plan[following].days, holidays=read_holidays())
        _record_stage(request)
        _record("pass_on_request", request, actor_kind=ActorKind.OFFICER, actor=officer)
        return
    event = RequestEvent.APPROVE if decision == RequestState.APPROVED else RequestEvent.REFUSE
    request.state = state_after_event(RequestState(request.state), event)
    request.officer_id, request.decided_at = officer, now
    request.reason = reason.strip() if decision == RequestState.REFUSED else None
    _record("decide_request", request, actor_kind=ActorKind.OFFICER, actor=officer, decision=str(decision))
    if decision == RequestState.APPROVED:
        record_effect(request)
    tell_of_decision(request)


def record_effect(request: Request) -> None:
    """What follows from an approved request; the caller commits. Raises Unavailable where nothing does, and as the effect."""
    kind = RequestKind(request.kind)
    if kind not in _effects:
        raise Unavailable("request_effect_missing", "Requests of this kind cannot be approved yet.", reason=str(kind))
    _effects[kind](request)


def lock_request(request_id: int) -> Request:
    """The request, its row held until the commit. Raises NotFound: request_unknown."""
    request = db.session.get(Request, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound("request_unknown", "There is no such request.")
    return request


def list_stages(request_id: int) -> Sequence[RequestStage]:
    """The stages through which a request went, the one that it is in last."""
    found = select(RequestStage).where(RequestStage.request_id == request_id).order_by(RequestStage.id)
    return db.session.scalars(found).all()


def _record_take_over(request: Request, officer: int) -> None:
    _check_may_have(request, officer)
    request.state = state_after_event(RequestState(request.state), RequestEvent.TAKE_OVER)
    request.officer_id = officer
    stage = _find_stage(request)
    if stage is not None:
        stage.officer_id = officer
    _record("take_over_request", request, actor_kind=ActorKind.OFFICER, actor=officer)


def _check_may_have(request: Request, officer_id: int) -> None:
    """Raise Refused unless this officer may work on the stage that the request is in."""
    officer = check_duty(officer_id, DUTY_OF_STAGE[request.stage])
    if request.stage == StageName.REVIEW:
        check_place(officer, request.place)
    concerned = select(Account.id).where(Account.person_id == request.person_id)
    check_not_concerned(officer_id, concerned=[request.asked_by_account_id, *db.session.scalars(concerned)])
    numbers = [request.id] if request.appeal_of is None else [request.id, request.appeal_of]
    earlier = select(RequestStage.officer_id).where(
        RequestStage.request_id.in_(numbers), RequestStage.officer_id.is_not(None)
    )
    done = (RequestStage.request_id != request.id) | RequestStage.left_at.is_not(None)
    if request.state in OPEN_STATES:
        check_other_eyes(officer_id, earlier=db.session.scalars(earlier.where(done)).all())


def _check_none_open(kind: RequestKind, person_id: int) -> None:
    """Holds the person's row, so that of two at once one is recorded."""
    db.session.scalar(select(Person.id).where(Person.id == person_id).with_for_update())
    is_open = (Request.person_id == person_id) & (Request.kind == kind) & Request.state.in_(OPEN_STATES)
    if db.session.scalar(select(Request.id).where(is_open).limit(1)) is not None:
        raise Conflict("request_open", "A request of this kind is under way already.")


def _find_actor(request: Request, officer: int | None) -> tuple[ActorKind, int | str]:
    if officer is not None:
        return ActorKind.OFFICER, officer
    if request.asked_by_account_id is not None:
        return ActorKind.PERSON, db.session.get_one(Account, request.asked_by_account_id).person_id
    return (ActorKind.SYSTEM, "") if request.person_id is None else (ActorKind.PERSON, request.person_id)


def _record(act: str, request: Request, *, actor_kind: ActorKind, actor: int | str, **details: str) -> None:
    """What a lawful body asks for is not shown to whom it is about before it is decided."""
    is_shown = request.kind not in BY_AUTHORITY or request.state not in OPEN_STATES
    person_id = request.person_id if is_shown else None
    record_act(
        act,
        actor_kind=actor_kind,
        actor=actor,
        person_id=person_id,
        request=request.id,
        kind=str(request.kind),
        **details,
    )


def _check_decision(decision: RequestState, reason: str) -> None:
    if decision not in (RequestState.APPROVED, RequestState.REFUSED):
        raise Malformed("decision_unknown", "Approve or refuse the request.")
    if decision == RequestState.REFUSED and not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Malformed("reason_missing", "Say in a few words why the request is refused.")


def _record_stage(request: Request) -> None:
    entered_at = world_now()
    stage = RequestStage(request_id=request.id, stage=request.stage, entered_at=entered_at, due_at=request.stage_due_at)
    db.session.add(stage)
    db.session.flush()


def _find_stage(request: Request) -> RequestStage | None:
    """The stage that the request is in; none once it is over."""
    query = select(RequestStage).where(RequestStage.request_id == request.id, RequestStage.left_at.is_(None))
    return db.session.scalar(query.execution_options(populate_existing=True))


def _leave_stage(request: Request, officer: int, now: datetime) -> None:
    stage = _find_stage(request)
    if stage is not None:
        stage.left_at, stage.officer_id = now, officer
        db.session.flush()


_effects: dict[RequestKind, Effect] = {}
