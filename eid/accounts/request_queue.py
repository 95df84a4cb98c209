"""What waits for officers: open requests by their deadlines, a page at a time; and one of them, with whom it is about.

Who a request is about is shown to the officer who has taken it over, and to nobody else at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from eid.accounts.models import Account, Officer
from eid.accounts.officers import Duty, check_duty
from eid.accounts.request_lifecycle import OPEN_STATES
from eid.accounts.request_models import Request, RequestStage
from eid.accounts.request_plans import RequestKind, StageName
from eid.accounts.requests import list_stages
from eid.clock import world_now
from eid.db import db
from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import find_person_by_id

PAGE_LENGTH = 20

ORDERS: Mapping[str, Any] = {
    "due": (Request.stage_due_at, Request.id),
    "newest": (Request.id.desc(),),
    "kind": (Request.kind, Request.stage_due_at, Request.id),
}
"""How the list can be sorted; the most urgent first is the first."""


@frozen
class WaitingRequest:
    request: Request
    is_overdue: bool
    is_mine: bool


@frozen
class QueuePage:
    rows: Sequence[WaitingRequest]
    page: int
    pages: int
    total: int
    overdue: int
    """Of all pages."""


@frozen
class Review:
    """A request as the officer who works on it sees it."""

    request: Request
    stages: Sequence[RequestStage]
    is_mine: bool
    """This officer has its stage now."""
    is_overdue: bool
    person: Person | None
    """Whom it is about; only for those who have had a stage of it."""
    account: Account | None
    appealed: Request | None
    """The refusal that this is an appeal against."""


def find_queue(*, officer: int, kind: str = "", mine: bool = False, order: str = "due", page: int = 1) -> QueuePage:
    """A page of the requests that this officer's desk can work on. Raises Refused: officer_role.

    Unknown kinds and orders count as none; a page beyond the last is the last.
    """
    conditions = _conditions(check_duty(officer, Duty.REVIEW), kind, mine)
    now = world_now()
    total, overdue = _count(*conditions), _count(*conditions, Request.stage_due_at < now)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(max(page, 1), pages)
    query = select(Request).where(*conditions).order_by(*ORDERS.get(order, ORDERS["due"]))
    found = db.session.scalars(query.limit(PAGE_LENGTH).offset((page - 1) * PAGE_LENGTH))
    rows = [WaitingRequest(request, _is_overdue(request, now), request.officer_id == officer) for request in found]
    return QueuePage(rows, page, pages, total, overdue)


def find_review(request_id: int, *, officer: int) -> Review:
    """A request, open or decided. Raises Refused: officer_role; NotFound: request_unknown."""
    check_duty(officer, Duty.REVIEW)
    request = db.session.get(Request, request_id)
    if request is None:
        raise NotFound("request_unknown", "There is no such request.")
    stages = list_stages(request_id)
    has_had = any(stage.officer_id == officer for stage in stages)
    person = find_person_by_id(request.person_id) if has_had and request.person_id is not None else None
    account = select(Account).where(Account.person_id == request.person_id)
    return Review(
        request=request,
        stages=stages,
        is_mine=bool(stages) and stages[-1].left_at is None and stages[-1].officer_id == officer,
        is_overdue=_is_overdue(request, world_now()),
        person=person,
        account=db.session.scalar(account) if person is not None else None,
        appealed=db.session.get(Request, request.appeal_of) if has_had and request.appeal_of else None,
    )


def find_open_requests_about(person_id: int) -> Sequence[Request]:
    """Every open request about a person, the most urgent first."""
    query = select(Request).where(Request.person_id == person_id, Request.state.in_(OPEN_STATES))
    return db.session.scalars(query.order_by(*ORDERS["due"])).all()


def _conditions(officer: Officer, kind: str, mine: bool) -> list[ColumnElement[bool]]:
    of_this_desk = or_(Request.place.is_(None), Request.place == officer.place, Request.stage != StageName.REVIEW)
    conditions = [Request.state.in_(OPEN_STATES), of_this_desk]
    if kind in list(RequestKind):
        conditions.append(Request.kind == kind)
    if mine:
        conditions.append(Request.officer_id == officer.account_id)
    return conditions


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Request).where(*conditions)) or 0


def _is_overdue(request: Request, now: datetime) -> bool:
    return request.state in OPEN_STATES and request.stage_due_at < now
