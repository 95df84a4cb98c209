"""What holders say has changed about them: a new place of residence, a new mail address. An agency confirms it, by a request.

A mail address goes to the authority once the code that was mailed to it has come back. Each kind is under way once at a time.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from eid.accounts.declaration_models import Declaration, DeclarationKind
from eid.accounts.guessing import GuessKind, digest_lookup, record_failure
from eid.accounts.mail_addresses import parse_mail_address
from eid.accounts.models import Account
from eid.accounts.request_models import OPEN_STATES
from eid.accounts.requests import Request, RequestKind, RequestState, record_request
from eid.accounts.security import prove_password
from eid.accounts.sent_codes import CODE_DIGITS, MAILED_CODE_LIFE, claim_code_try
from eid.accounts.sessions import Session
from eid.accounts.telling import tell_holder_everywhere
from eid.audit import ActorKind, record_act
from eid.clock import wall_now, world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.entries import record_move
from eid.population.homes import Address
from eid.population.life.rules import ADULT
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.places import find_province
from eid.population.preview import preview_act
from eid.population.service import find_children, find_person_by_id
from eid.randomness import random_digits

"""A mail takes longer than a text."""
SHOWN = 20

CODE_MAIL = (
    "eid: Mã xác nhận địa chỉ thư điện tử mới của bạn là {code}. Mã có hiệu lực 15 phút. Không đưa mã này cho ai."
)
EMAIL_TEXT = "eid: Dia chi thu dien tu cua tai khoan vua duoc thay doi. Neu khong phai ban, hay goi duong day nong."
EMAIL_MAIL = "eid: Tài khoản của bạn không còn dùng địa chỉ thư này. Nếu không phải bạn, hãy gọi đường dây nóng."


@frozen
class FollowedDeclaration:
    """A declaration, and how far its confirmation is."""

    kind: DeclarationKind
    shown: str
    declared_at: datetime
    state: RequestState | None
    """None while the mailed code is waited for."""
    due_at: datetime | None
    reason: str | None
    """Why it was refused."""


def find_declarations(person_id: int) -> list[FollowedDeclaration]:
    """What the person has declared, newest first; an address whose code never came back is not there any more."""
    rows = db.session.execute(
        select(Declaration, Request)
        .outerjoin(Request, Request.id == Declaration.request_id)
        .where(
            Declaration.person_id == person_id,
            Declaration.request_id.is_not(None) | (Declaration.code_expires_at > wall_now()),
        )
        .order_by(Declaration.id.desc())
        .limit(SHOWN)
    )
    return [_follow(declaration, request) for declaration, request in rows]


def find_minors(person_id: int) -> list[Person]:
    """The holder's living children under 18 in the same household: who may move along."""
    person, today = find_person_by_id(person_id), world_today()
    children = find_children(person.id, person.household_id)
    return [child for child in children if child.is_alive and age_on(child.birth_date, today) < ADULT]


def declare_residence(session: Session, address: Address, *, with_pins: Collection[str] = ()) -> Request:
    """The holder says that they live at this address now, with these of find_minors; the authority is asked to confirm it.

    What the move would be refused for is refused here already, as record_move does. Raises Conflict: declaration_open, or
    minors_alone where children would stay behind without an adult; Malformed: move_stranger for anybody else's PIN.
    """
    person, today = find_person_by_id(session.person_id), world_today()
    along = _choose_minors(session.person_id, with_pins)
    preview_act(partial(record_move, person.pin, moved_on=today, address=address, companions=along))
    details: dict[str, Any] = {"province": address.province, "commune": address.commune, "house": address.house}
    details["companions"] = along
    shown = f"{address.house}, {address.commune}, {find_province(address.province, on=today).name}"
    _hold_free(session, DeclarationKind.RESIDENCE)
    declaration = _record(session, DeclarationKind.RESIDENCE, {"shown": shown, **details})
    request = _submit(declaration, RequestKind.CHANGE_RESIDENCE, session, {**details, "moved_on": today.isoformat()})
    db.session.commit()
    return request


def declare_email(session: Session, *, password: str, email: str) -> None:
    """A code is on its way to the new address; an earlier one of the holder's is worth nothing any more.

    Raises Malformed: email_malformed; Refused: password_wrong; Conflict: email_same, declaration_open; TooManyAttempts.
    """
    address = parse_mail_address(email)
    if address is None:
        raise Malformed("email_malformed", "This is not a mail address.", fields={"email": ["name@example.test"]})
    prove_password(session, password)
    account = _hold_free(session, DeclarationKind.EMAIL)
    if account.email == address:
        raise Conflict("email_same", "This address is on record already.")
    now = wall_now()
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("mailed-code", session.account_id), now=now)
    db.session.execute(delete(Declaration).where(*_unconfirmed(session)))
    declaration, code = _record(session, DeclarationKind.EMAIL, {"shown": address}), random_digits(CODE_DIGITS)
    declaration.code_digest = _digest_code(declaration, code)
    declaration.code_expires_at = now + MAILED_CODE_LIFE
    post_message(MessageKind.MAIL, recipient=address, body=CODE_MAIL.format(code=code))
    holder = session.person_id
    record_act("declare_email", actor_kind=ActorKind.PERSON, actor=holder, person_id=holder)
    db.session.commit()


def find_email_to_confirm(session: Session) -> str:
    """The address to which the code was mailed that is waited for. Raises NotFound: declaration_none."""
    waiting = db.session.scalar(
        select(Declaration).where(*_unconfirmed(session), Declaration.code_expires_at > wall_now())
    )
    if waiting is None:
        raise NotFound("declaration_none", "No new mail address waits for its code.")
    return str(waiting.value["shown"])


def confirm_email(session: Session, code: str) -> Request:
    """The address is the holder's, and the authority is asked to put it on record.

    A try is counted before it is judged. Raises Refused: mailed_code_wrong, also for a code that is too old or was tried too
    often; Conflict: declaration_open.
    """
    declaration = _claim_try(session)
    if declaration is None or not hmac.compare_digest(declaration.code_digest or "", _digest_code(declaration, code)):
        raise _code_refused()
    _hold_free(session, DeclarationKind.EMAIL)
    db.session.refresh(declaration)
    if declaration.request_id is not None:
        raise _code_refused()
    request = _submit(declaration, RequestKind.CHANGE_EMAIL, session, {"email": declaration.value["shown"]})
    declaration.code_digest = None
    db.session.commit()
    return request


def move_as_declared(request: Request) -> None:
    """Effect: the register has the new residence. Raises as record_move, where it has become impossible meanwhile."""
    assert request.person_id is not None
    said = request.details
    address = Address(said["province"], said["commune"], said["house"])
    pin = find_person_by_id(request.person_id).pin
    moved_on = date.fromisoformat(said["moved_on"])
    record_move(pin, moved_on=moved_on, address=address, companions=said["companions"])


def change_email_as_declared(request: Request) -> None:
    """Effect: the account has the new mail address, and the holder was told at the old one."""
    query = select(Account).where(Account.person_id == request.person_id).with_for_update()
    account = db.session.scalars(query.execution_options(populate_existing=True)).one()
    actor = {"actor_kind": ActorKind.OFFICER, "actor": request.officer_id or ""}
    tell_holder_everywhere(account, EMAIL_TEXT, mail=EMAIL_MAIL, act="change_email", **actor)  # type: ignore[arg-type]
    account.email = str(request.details["email"])


def _choose_minors(person_id: int, pins: Collection[str]) -> list[int]:
    mine = {child.pin: child.id for child in find_minors(person_id)} if pins else {}
    if not set(pins) <= set(mine):
        raise Malformed("move_stranger", "Only members of one household can move together.")
    return sorted(mine[pin] for pin in pins)


def _record(session: Session, kind: DeclarationKind, value: dict[str, Any]) -> Declaration:
    declaration = Declaration(person_id=session.person_id, kind=kind, value=value, declared_at=wall_now(), code_tries=0)
    db.session.add(declaration)
    db.session.flush()
    return declaration


def _submit(declaration: Declaration, kind: RequestKind, session: Session, details: dict[str, Any]) -> Request:
    request = record_request(kind, person_id=session.person_id, asked_by=session.account_id, details=details)
    declaration.request_id = request.id
    return request


def _hold_free(session: Session, kind: DeclarationKind) -> Account:
    """The holder's account, held until this transaction ends. Raises Conflict, declaration_open: one is under way."""
    account = db.session.get_one(Account, session.account_id, with_for_update=True, populate_existing=True)
    under_way = (
        select(Declaration.id)
        .join(Request, Request.id == Declaration.request_id)
        .where(Declaration.person_id == session.person_id, Declaration.kind == kind, Request.state.in_(OPEN_STATES))
    )
    if db.session.scalar(under_way.limit(1)) is not None:
        raise Conflict("declaration_open", "You have declared a change of this already; it waits to be confirmed.")
    return account


def _unconfirmed(session: Session) -> Sequence[Any]:
    return (
        Declaration.person_id == session.person_id,
        Declaration.kind == DeclarationKind.EMAIL,
        Declaration.request_id.is_(None),
    )


def _claim_try(session: Session) -> Declaration | None:
    """The declaration that waits for its code, with one try taken and committed; None where there was none left."""
    waiting = _unconfirmed(session)
    claimed = claim_code_try(Declaration.code_tries, Declaration.code_expires_at, *waiting)
    return db.session.scalar(select(Declaration).where(*waiting)) if claimed else None


def _digest_code(declaration: Declaration, code: str) -> str:
    return digest_lookup("mailed-code", declaration.id, declaration.value["shown"], code)


def _code_refused() -> Refused:
    return Refused("mailed_code_wrong", "The code is wrong or no longer valid. Try again, or ask for a new code.")


def _follow(declaration: Declaration, request: Request | None) -> FollowedDeclaration:
    return FollowedDeclaration(
        kind=DeclarationKind(declaration.kind),
        shown=str(declaration.value["shown"]),
        declared_at=declaration.declared_at,
        state=RequestState(request.state) if request else None,
        due_at=request.due_at if request else None,
        reason=request.reason if request else None,
    )
