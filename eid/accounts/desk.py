"""What an officer does at the desk. Whoever's record is opened, it is for a purpose, and the person can see it.

A look-up is the officer's leave to see one record, and to act on it, for half an hour. Each act names its officer in the
audit log, beside the entry of the package that carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from eid.accounts import locking, opening, service
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import LookUp
from eid.accounts.records import PersonRecord, find_record
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, NotFound
from eid.population.models import Person
from eid.population.service import find_person, find_person_by_id

LOOK_UP_LIFE = timedelta(minutes=30)
SHORTEST_PURPOSE, LONGEST_PURPOSE = 5, 200


@dataclass(frozen=True)
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
    record_act("look_up_person", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id, purpose=purpose)
    db.session.commit()
    return look_up


def find_opened_record(look_up_id: int, *, officer: int) -> OpenedRecord:
    """The record that this officer opened. Raises NotFound where another did, nobody did, or half an hour has passed."""
    look_up = _find_look_up(look_up_id, officer)
    return OpenedRecord(look_up, find_record(look_up.person_id))


def open_account_at_desk(look_up_id: int, *, phone: str, officer: int) -> None:
    """As opening.open_account, for the person whose record is open."""
    person = _find_person(look_up_id, officer)
    opening.open_account(person.pin, phone, officer=officer)


def reopen_activation_at_desk(look_up_id: int, *, officer: int) -> None:
    """As service.reopen_activation: the person called the hotline."""
    person = _find_person(look_up_id, officer)
    service.reopen_activation(service.find_account(person.id).id, officer=officer)


def lock_account_at_desk(look_up_id: int, *, reason: str, officer: int) -> None:
    """As locking.lock_account, at the holder's or an authority's request."""
    person = _find_person(look_up_id, officer)
    account = service.find_account(person.id)
    locking.lock_account(account.id, _parse_reason(reason), actor_kind=ActorKind.OFFICER, actor=officer)


def unlock_account_at_desk(look_up_id: int, *, reason: str, officer: int) -> None:
    """As locking.unlock_account, of one reason."""
    person = _find_person(look_up_id, officer)
    account = service.find_account(person.id)
    locking.unlock_account(account.id, _parse_reason(reason), actor_kind=ActorKind.OFFICER, actor=officer)


def _find_look_up(look_up_id: int, officer: int) -> LookUp:
    look_up = db.session.get(LookUp, look_up_id)
    if look_up is None or look_up.officer_id != officer or wall_now() > look_up.looked_up_at + LOOK_UP_LIFE:
        raise NotFound("look_up_over", "Open the record again: a look into it lasts half an hour.")
    return look_up


def _find_person(look_up_id: int, officer: int) -> Person:
    return find_person_by_id(_find_look_up(look_up_id, officer).person_id)


def _parse_reason(reason: str) -> LockReason:
    if reason not in list(LockReason):
        raise Malformed("reason_unknown", "Choose a reason.")
    return LockReason(reason)
