"""Guardianships begun and ended, and what that does to a ward's account (Decree 69/2024, articles 10 and 11).

The record_ functions and handlers add to the caller's transaction.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from eid.accounts import locking
from eid.accounts.desk import find_opened_record
from eid.accounts.guardian_rules import NEEDS_DOCUMENT, End, Ground, find_end
from eid.accounts.guardianships import build_relationship, is_ward, lacks_guardian
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.new_accounts import find_own_account
from eid.accounts.representation_models import Guardianship
from eid.accounts.who_may_have import OF_AGE_FOR_OWN_ACCOUNT
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Malformed, NotFound, Refused
from eid.events import PersonDied
from eid.population.models import Person
from eid.population.numbers import years_before

LONGEST_DOCUMENT = 100


def check_ground(ground: str, document: str, *, ward: Person, guardian: Person) -> Ground:
    """Why the one answers for the other, as it holds today.

    Raises Malformed: ground_unknown, document_missing; Refused: a guardian_… code for what is against it.
    """
    if ground not in list(Ground):
        raise Malformed("ground_unknown", "Say why this person is the guardian.")
    known = Ground(ground)
    if known in NEEDS_DOCUMENT and not 0 < len(document) <= LONGEST_DOCUMENT:
        raise Malformed("document_missing", "Name the decision that appointed the guardian.")
    if ward.id == guardian.id:
        raise Refused("guardian_self", "Nobody is their own guardian.")
    end = find_end(known, build_relationship(ward, guardian), today=world_today())
    if end is not None:
        raise _refusal_for(end)
    return known


def record_guardianship(
    ward: Person, guardian: Person, ground: Ground, *, document: str, officer: int | str
) -> Guardianship:
    """The one answers for the other from now on; an account that was locked for want of a guardian is not any more."""
    row = db.session.scalar(
        select(Guardianship).where(
            Guardianship.ward_id == ward.id, Guardianship.guardian_id == guardian.id, Guardianship.ended_at.is_(None)
        )
    )
    if row is None:
        row = Guardianship(ward_id=ward.id, guardian_id=guardian.id, began_at=world_now())
        db.session.add(row)
    row.ground, row.document = ground, document or None
    db.session.flush()
    record_act(
        "record_guardianship",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=ward.id,
        guardian=guardian.id,
        ground=str(ground),
    )
    _follow(ward.id)
    return row


def end_guardianship_at_desk(look_up_id: int, guardianship_id: int, *, officer: int) -> None:
    """An authority ended an appointment for the ward whose record is open; committed.

    Raises NotFound: guardianship_unknown; Refused: guardian_parent, for a parent, whom only the register makes and unmakes.
    """
    ward = find_opened_record(look_up_id, officer=officer).record.person
    row = db.session.get(Guardianship, guardianship_id, with_for_update=True, populate_existing=True)
    if row is None or row.ward_id != ward.id or row.ended_at is not None:
        raise NotFound("guardianship_unknown", "There is no such guardian.")
    if row.ground == Ground.PARENT:
        raise Refused("guardian_parent", "A parent is a guardian as long as the register says so.")
    _record_ended(row, End.REVOKED, actor_kind=ActorKind.OFFICER, actor=officer)
    db.session.commit()


def end_guardianships_of_dead(died: PersonDied) -> None:
    """Handler: who has died is nobody's guardian and nobody's ward; a ward who has no other guardian has a locked account."""
    concerned = or_(Guardianship.ward_id == died.person_id, Guardianship.guardian_id == died.person_id)
    _end_where_over(concerned)


def end_guardianships_that_are_over() -> int:
    """Every guardianship that no longer holds by today is marked so, and the wards' accounts follow; how many. Committed.

    Pages and uses ask the register each time, so none of them waits for this: it runs when the world's clock is moved, and
    once a day.
    """
    ward, guardian = aliased(Person), aliased(Person)
    is_parent = or_(ward.father_id == Guardianship.guardian_id, ward.mother_id == Guardianship.guardian_id)
    may_be_over = or_(
        ward.died_on.is_not(None),
        guardian.died_on.is_not(None),
        ward.birth_date <= years_before(world_today(), OF_AGE_FOR_OWN_ACCOUNT),
        and_(Guardianship.ground == Ground.PARENT, ~is_parent.is_(True)),
    )
    concerned = (
        select(Guardianship.id)
        .join(ward, ward.id == Guardianship.ward_id)
        .join(guardian, guardian.id == Guardianship.guardian_id)
        .where(may_be_over)
    )
    ended = _end_where_over(Guardianship.id.in_(concerned))
    db.session.commit()
    return ended


def _end_where_over(concerned: ColumnElement[bool]) -> int:
    open_rows = select(Guardianship).where(Guardianship.ended_at.is_(None), concerned).order_by(Guardianship.id)
    ended = 0
    for row in db.session.scalars(open_rows.with_for_update()).all():
        ward, guardian = db.session.get_one(Person, row.ward_id), db.session.get_one(Person, row.guardian_id)
        end = find_end(Ground(row.ground), build_relationship(ward, guardian), today=world_today())
        if end is not None:
            _record_ended(row, end)
            ended += 1
    return ended


def _record_ended(
    row: Guardianship, end: End, *, actor_kind: ActorKind = ActorKind.SYSTEM, actor: int | str = ""
) -> None:
    row.ended_at, row.end = world_now(), end
    db.session.flush()
    record_act(
        "end_guardianship",
        actor_kind=actor_kind,
        actor=actor,
        person_id=row.ward_id,
        guardian=row.guardian_id,
        reason=str(end),
    )
    _follow(row.ward_id)


def _follow(ward_id: int) -> None:
    """The ward's account is locked for want of a guardian exactly while they need one and have none."""
    account = find_own_account(ward_id, held=True)
    if account is None or account.state == AccountState.CLOSED:
        return
    if lacks_guardian(ward_id):
        locking.record_lock(account, LockReason.GUARDIAN)
    elif not is_ward(ward_id) or LockReason.GUARDIAN in account.lock_reasons:
        locking.record_unlock(account, LockReason.GUARDIAN)


def _refusal_for(end: End) -> Refused:
    refusals = {
        End.OF_AGE: Refused("ward_of_age", "This person is old enough to act for themselves."),
        End.WARD_DIED: Refused("person_dead", "The register says that this person has died."),
        End.GUARDIAN_DIED: Refused("guardian_dead", "The register says that the guardian has died."),
        End.GUARDIAN_TOO_YOUNG: Refused("guardian_too_young", "A guardian is 18 or older."),
        End.NOT_PARENT: Refused("guardian_not_parent", "The register does not have this person as a parent."),
    }
    return refusals[end]
