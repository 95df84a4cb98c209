"""What an officer does at the desk. Whoever's record is opened, it is for a purpose, and the person can see it.

A look-up is the officer's leave to see one record, and to act on it, for half an hour. Each act names its officer in the
audit log, beside the entry of the package that carries it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from eid.accounts import closing, lifecycle, locking, opening, requests, service
from eid.accounts.four_eyes import check_not_concerned
from eid.accounts.lifecycle import CloseReason, LockReason
from eid.accounts.mail_addresses import parse_mail_address
from eid.accounts.models import Account, LookUp
from eid.accounts.officers import Duty, check_duty
from eid.accounts.phones import parse_phone
from eid.accounts.records import PersonRecord, find_record
from eid.accounts.request_lifecycle import RequestState
from eid.accounts.request_models import Request
from eid.accounts.request_plans import BY_AUTHORITY, RequestKind
from eid.audit import ActorKind, record_disclosure
from eid.cards.models import CardState
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import find_person, find_person_by_id

LOOK_UP_LIFE = timedelta(minutes=30)
RECORD_ATTRIBUTES = ("desk_record",)
"""What a look at a record shows, as the audit log names it: all that the desk sees."""
SHORTEST_PURPOSE, LONGEST_PURPOSE = 5, 200
WISHES = ("health_insurance", "social_insurance", "driving_licence", "vehicle", "civil_status")
"""Papers that the holder may ask to have in the account (form TK01)."""


@frozen
class OpenedRecord:
    look_up: LookUp
    record: PersonRecord


def check_purpose(purpose: str) -> None:
    """An officer says what a look is for. Raises Malformed: purpose_missing."""
    if not SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE:
        raise Malformed("purpose_missing", "Say in a few words what you need this record for.")


def look_up_person(pin: str, *, purpose: str, officer: int) -> LookUp:
    """The officer may see this person's record for half an hour, and the person can see that, and what for.

    Raises NotFound for an unknown person, Malformed without a purpose.
    """
    check_purpose(purpose)
    person = find_person(pin)
    look_up = LookUp(officer_id=officer, person_id=person.id, purpose=purpose, looked_up_at=wall_now())
    db.session.add(look_up)
    record_disclosure(
        "look_up_person",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=person.id,
        attributes=RECORD_ATTRIBUTES,
        purpose=purpose,
    )
    db.session.commit()
    return look_up


def find_opened_record(look_up_id: int, *, officer: int) -> OpenedRecord:
    """The record that this officer opened. Raises NotFound where another did, nobody did, or half an hour has passed."""
    look_up = _find_look_up(look_up_id, officer)
    return OpenedRecord(look_up, find_record(look_up.person_id))


def open_account_at_desk(
    look_up_id: int, *, phone: str, officer: int, email: str = "", wishes: Sequence[str] = ()
) -> None:
    """As opening.open_account, for the person whose record is open, with card in hand: the form TK01 is taken in and approved
    in one act.

    Raises as opening.open_account; Refused: officer_role, own_request; Conflict: request_open.
    """
    person = _find_person(look_up_id, officer, Duty.RECEIVE)
    details = _fill_in(phone=phone, email=email, wishes=wishes)
    asked = requests.record_request(
        RequestKind.ACCOUNT_LEVEL_2, person_id=person.id, asked_by=None, details=details, officer=officer
    )
    requests.record_decision(asked, officer=officer, decision=RequestState.APPROVED)
    db.session.commit()


def receive_account_request(
    look_up_id: int, *, phone: str, officer: int, email: str = "", wishes: Sequence[str] = ()
) -> Request:
    """The form TK01 of the person whose record is open waits for review: three working days, or seven with no card to show.

    Raises as open_account_at_desk, but for the card.
    """
    person = _find_person(look_up_id, officer, Duty.RECEIVE)
    details = _fill_in(phone=phone, email=email, wishes=wishes)
    opening.check_may_ask(person)
    if find_record(person.id).card_state != CardState.ACTIVE:
        details["card"] = "none"
    asked = requests.record_request(
        RequestKind.ACCOUNT_LEVEL_2, person_id=person.id, asked_by=None, details=details, officer=officer
    )
    db.session.commit()
    return asked


def receive_authority_request(
    look_up_id: int, *, kind: str, authority: str, document: str, why: str, officer: int
) -> Request:
    """A lawful body's request to lock or unlock waits for two officers, one working day and two (Decree 69/2024, article 29).

    Raises Malformed: decision_unknown, authority_missing; Conflict: request_open, account_closed, account_not_locked.
    """
    person = _find_person(look_up_id, officer, Duty.RECEIVE)
    if kind not in BY_AUTHORITY:
        raise Malformed("authority_kind", "Choose whether to lock or to unlock.")
    details = {"authority": authority.strip(), "document": document.strip(), "why": why.strip()}
    if not all(0 < len(text) <= LONGEST_PURPOSE for text in details.values()):
        raise Malformed("authority_missing", "Say which body asks, by which document, and why.")
    account = service.find_account(person.id)
    standing = account.standing
    if kind == RequestKind.LOCK_BY_AUTHORITY:
        lifecycle.lock(standing, LockReason.AUTHORITY)
    elif LockReason.AUTHORITY not in standing.reasons:
        raise Conflict("authority_not_locked", "No authority has locked this account.")
    asked = requests.record_request(
        RequestKind(kind),
        person_id=person.id,
        asked_by=None,
        details=details,
        account_id=account.id,
        officer=officer,
    )
    db.session.commit()
    return asked


def reopen_activation_at_desk(look_up_id: int, *, officer: int) -> None:
    """As service.reopen_activation: the person called the hotline."""
    person = _find_person(look_up_id, officer, Duty.ANSWER)
    service.reopen_activation(service.find_account(person.id).id, officer=officer)


def lock_account_at_desk(look_up_id: int, *, reason: str, officer: int, note: str = "") -> None:
    """As locking.lock_account: the holder asked, which is kept as a form TK03, or broke the terms of use, for which there must
    be a note.

    Raises Refused: officer_role for a breach that another than an approver enters; Malformed: reason_unknown, note_missing.
    """
    parsed = _parse_reason(reason)
    person = _find_person(look_up_id, officer, Duty.DECIDE if parsed == LockReason.TERMS else Duty.ANSWER)
    lifecycle.check_set_by_hand(parsed)
    if parsed == LockReason.TERMS and not SHORTEST_PURPOSE <= len(note) <= LONGEST_PURPOSE:
        raise Malformed("note_missing", "Say in a few words which term was broken, and how.")
    account = service.find_account(person.id)
    if parsed == LockReason.HOLDER:
        _carry_out(RequestKind.LOCK_BY_HOLDER, account, officer)
        return
    locking.lock_account(account.id, parsed, actor_kind=ActorKind.OFFICER, actor=officer, note=note)


def unlock_account_at_desk(look_up_id: int, *, reason: str, officer: int) -> None:
    """As locking.unlock_account, of one reason; the holder's wish is kept as a form TK03."""
    parsed = _parse_reason(reason)
    person = _find_person(look_up_id, officer, Duty.DECIDE if parsed == LockReason.TERMS else Duty.RECEIVE)
    account = service.find_account(person.id)
    if parsed == LockReason.HOLDER:
        _carry_out(RequestKind.UNLOCK_BY_HOLDER, account, officer)
        return
    locking.unlock_account(account.id, parsed, actor_kind=ActorKind.OFFICER, actor=officer)


def close_account_at_desk(look_up_id: int, *, reason: str, officer: int) -> None:
    """As closing.close_account: the holder is here and asks for it, or has died."""
    person = _find_person(look_up_id, officer, Duty.RECEIVE)
    if reason not in list(CloseReason):
        raise Malformed("reason_unknown", "Choose a reason.")
    account = service.find_account(person.id)
    closing.close_account(account.id, CloseReason(reason), actor_kind=ActorKind.OFFICER, actor=officer)


def _carry_out(kind: RequestKind, account: Account, officer: int) -> None:
    """The holder's form is taken in and carried out in one act; committed."""
    asked = requests.record_request(
        kind, person_id=account.person_id, asked_by=None, details={}, account_id=account.id, officer=officer
    )
    requests.record_decision(asked, officer=officer, decision=RequestState.APPROVED)
    db.session.commit()


def _find_look_up(look_up_id: int, officer: int) -> LookUp:
    look_up = db.session.get(LookUp, look_up_id)
    if look_up is None or look_up.officer_id != officer or wall_now() > look_up.looked_up_at + LOOK_UP_LIFE:
        raise NotFound("look_up_over", "Open the record again: a look into it lasts half an hour.")
    return look_up


def _find_person(look_up_id: int, officer: int, duty: Duty) -> Person:
    """Whose record is open, for an officer whose role allows this act, and who is another person."""
    person = find_person_by_id(_find_look_up(look_up_id, officer).person_id)
    check_duty(officer, duty)
    own = select(Account.id).where(Account.person_id == person.id)
    check_not_concerned(officer, concerned=db.session.scalars(own).all())
    return person


def _fill_in(*, phone: str, email: str, wishes: Sequence[str]) -> dict[str, Any]:
    """What the form TK01 says besides who it is about."""
    return {
        "phone": parse_phone(phone),
        "email": parse_mail_address(email),
        "wishes": [wish for wish in WISHES if wish in wishes],
    }


def _parse_reason(reason: str) -> LockReason:
    if reason not in list(LockReason):
        raise Malformed("reason_unknown", "Choose a reason.")
    return LockReason(reason)
