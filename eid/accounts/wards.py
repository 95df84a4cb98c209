"""A ward's account, asked for by a guardian and steered by them (Decree 69/2024, articles 10, 11 and 14)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from eid.accounts.desk import find_opened_record
from eid.accounts.guardian_rules import Ground
from eid.accounts.guardians import check_ground, record_guardianship
from eid.accounts.guardianships import FoundGuardianship, find_guardians, find_guardianship, find_wards
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import lock_account
from eid.accounts.models import Account
from eid.accounts.new_accounts import (
    check_not_asked_for,
    find_held,
    find_own_account,
    has_level,
    parse_level,
    record_approved_account,
    subject_of,
)
from eid.accounts.records import PersonRecord, find_record
from eid.accounts.request_models import OPEN_STATES, Request, RequestKind
from eid.accounts.requests import record_request
from eid.accounts.service import find_account
from eid.accounts.sessions import Session
from eid.accounts.who_may_have import OF_AGE_FOR_OWN_ACCOUNT, check_may_have, find_entitlement
from eid.audit import ActorKind
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.numbers import age_on, years_before
from eid.population.service import find_person, find_person_by_id


@frozen
class OwnWard:
    """Somebody for whom a guardian answers, and where their account stands."""

    guardianship: FoundGuardianship
    age: int
    account: Account | None


@frozen
class OwnChild:
    """A child by the register for whom the parent does not answer here yet."""

    person: Person
    age: int
    has_account: bool
    is_asked_for: bool


@frozen
class WardRecord:
    """All that a guardian sees of a ward."""

    guardianship: FoundGuardianship
    record: PersonRecord
    guardians: Sequence[FoundGuardianship]
    is_asked_for: bool
    """A request for the account, or for its higher level, waits."""
    may_have: Sequence[AccountLevel]


def list_wards(guardian_id: int) -> list[OwnWard]:
    """Those for whom this person answers today, the youngest first."""
    return [OwnWard(found, _age(found.ward), find_own_account(found.ward.id)) for found in find_wards(guardian_id)]


def list_children_without(guardian_id: int) -> list[OwnChild]:
    """This person's children younger than 14, by the register, who are no wards of theirs yet."""
    wards = {found.ward.id for found in find_wards(guardian_id)}
    children = select(Person).where(
        or_(Person.father_id == guardian_id, Person.mother_id == guardian_id),
        Person.died_on.is_(None),
        Person.birth_date > years_before(world_today(), OF_AGE_FOR_OWN_ACCOUNT),
    )
    found = db.session.scalars(children.order_by(Person.birth_date.desc(), Person.id)).all()
    return [
        OwnChild(child, _age(child), find_own_account(child.id) is not None, _is_asked_for(child.id))
        for child in found
        if child.id not in wards
    ]


def find_ward_record(guardian_id: int, ward_id: int) -> WardRecord:
    """What a guardian sees of a ward. Raises NotFound: ward_unknown, from the moment the guardianship ends."""
    found = find_guardianship(guardian_id, ward_id)
    entitled = find_entitlement(subject_of(found.ward), _age(found.ward))
    return WardRecord(
        guardianship=found,
        record=find_record(ward_id),
        guardians=find_guardians(ward_id),
        is_asked_for=_is_asked_for(ward_id),
        may_have=entitled.levels,
    )


def ask_for_childs_account(session: Session, child_pin: str) -> Request:
    """A parent asks for their child's account of level 1; committed. Where there is one, to be a guardian of it too.

    Level 2 takes a visit to a desk together. Raises NotFound: child_unknown, for anybody who is not their child; and as
    ask_for_wards_account_at_desk.
    """
    guardian = find_person_by_id(session.person_id)
    try:
        child = find_person(child_pin)
    except (NotFound, Conflict) as refusal:
        raise _child_unknown() from refusal
    if guardian.id not in (child.father_id, child.mother_id):
        raise _child_unknown()
    return _ask(child, guardian, ground=Ground.PARENT, document="", level=AccountLevel.ONE, officer=None)


def ask_for_wards_account_at_desk(
    look_up_id: int, *, guardian_pin: str, ground: str, document: str, level: str, officer: int
) -> Request:
    """The guardian of the person whose record is open asks, with them, for an account of this level; committed.

    1. The guardian has an active account of level 2.
    2. The ground holds today, by the register or by the decision that is named.
    3. Somebody of this age may have an account of this level, and holds the card that it needs.
    4. There is something to be decided, and it is not being decided already.

    Raises NotFound: person_unknown; Refused: guardian_level, those of guardians.check_ground and who_may_have.check_may_have;
    Conflict: account_exists, request_open.
    """
    ward = find_opened_record(look_up_id, officer=officer).record.person
    wanted = parse_level(level)
    return _ask(ward, find_person(guardian_pin), ground=ground, document=document, level=wanted, officer=officer)


def open_wards_account(request: Request) -> None:
    """Effect: the guardian answers for the ward, who has the account that was asked for; all grounds hold still."""
    asked, ward = request.details, find_person_by_id(_subject_id(request))
    guardian = find_person_by_id(int(asked["guardian"]))
    level, account = AccountLevel(asked["level"]), _check_guardian_account(guardian)
    ground = check_ground(asked["ground"], asked["document"], ward=ward, guardian=guardian)
    if not has_level(find_own_account(ward.id), level):
        _check_may_have(ward, level)
        officer = request.officer_id or ""
        record_approved_account(ward, level=level, phone=account.phone, email=account.email, officer=officer)
    record_guardianship(ward, guardian, ground, document=asked["document"], officer=request.officer_id or "")


def lock_wards_account(session: Session, ward_id: int) -> None:
    """The ward's account is locked at the guardian's wish, as at the holder's; committed. Raises NotFound: ward_unknown."""
    found = find_guardianship(session.person_id, ward_id)
    account = find_account(found.ward.id)
    lock_account(account.id, LockReason.HOLDER, actor_kind=ActorKind.PERSON, actor=session.person_id)


def _ask(
    ward: Person, guardian: Person, *, ground: str, document: str, level: AccountLevel, officer: int | None
) -> Request:
    # (1)
    own = _check_guardian_account(guardian)
    # (2)
    known = check_ground(ground, document, ward=ward, guardian=guardian)
    # (3)
    account = find_own_account(ward.id)
    if not has_level(account, level):
        _check_may_have(ward, level)
    # (4)
    elif any(found.guardian.id == guardian.id for found in find_guardians(ward.id)):
        raise Conflict("account_exists", "This person has an account already.")
    check_not_asked_for(RequestKind.ACCOUNT_CHILD, ward.id)
    request = record_request(
        RequestKind.ACCOUNT_CHILD,
        person_id=ward.id,
        asked_by=own.id,
        account_id=account.id if account else None,
        officer=officer,
        details={"level": str(level), "guardian": guardian.id, "ground": str(known), "document": document},
    )
    db.session.commit()
    return request


def _check_guardian_account(guardian: Person) -> Account:
    account = find_own_account(guardian.id)
    if account is None or account.state != AccountState.ACTIVE or account.level < AccountLevel.TWO:
        raise Refused("guardian_level", "A guardian needs an active account of level 2 of their own.")
    return account


def _check_may_have(ward: Person, level: AccountLevel) -> None:
    check_may_have(subject_of(ward), age=_age(ward), level=level, holds=find_held(ward), by_guardian=True)


def _is_asked_for(person_id: int) -> bool:
    waiting = select(Request.id).where(
        Request.kind == RequestKind.ACCOUNT_CHILD, Request.person_id == person_id, Request.state.in_(OPEN_STATES)
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _age(person: Person) -> int:
    return age_on(person.birth_date, world_today())


def _subject_id(request: Request) -> int:
    if request.person_id is None:
        raise NotFound("person_unknown", "Nobody in the register has this number.")
    return request.person_id


def _child_unknown() -> NotFound:
    return NotFound("child_unknown", "The register has no child of yours with this PIN.")
