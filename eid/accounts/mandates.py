"""Members of an organisation, and what each may do in its name and for how long (Decree 69/2024, article 9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from eid.accounts.acting import check_may_act, list_open_mandates
from eid.accounts.organisation_finding import (
    NamedPerson,
    find_named,
    hold_organisation,
    record_act_for,
    represents,
    tell_person,
)
from eid.accounts.organisation_locks import record_organisation_lock
from eid.accounts.organisation_rules import (
    MemberRole,
    OrganisationAct,
    OrganisationLockReason,
    check_term,
    parse_acts,
)
from eid.accounts.representation_models import Mandate, Organisation, OrganisationMember
from eid.accounts.sessions import Session
from eid.clock import VIETNAM, world_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused

TAKEN_IN_TEXT = "eid: Ban duoc ghi la thanh vien cua to chuc {code}. Neu khong dung, hay roi to chuc trong muc To chuc."
MANDATE_TEXT = "eid: Ban duoc to chuc {code} uy quyen. Xem pham vi va thoi han trong muc To chuc."
REVOKED_TEXT = "eid: Uy quyen cua to chuc {code} cho ban da cham dut."


def take_in_member(session: Session, organisation_id: int, named: NamedPerson, *, role: str) -> OrganisationMember:
    """The person is a member, told by text, and free to leave; without a mandate they may do nothing. Committed.

    Raises as check_may_act; Malformed: member_role; NotFound: member_unknown; Conflict: member_already.
    """
    organisation = check_may_act(session, organisation_id, OrganisationAct.MEMBERS)
    if role not in list(MemberRole):
        raise Malformed("member_role", "Choose what the member is in the organisation.")
    person = find_named(named, code="member_unknown")
    member = OrganisationMember(
        organisation_id=organisation.id, person_id=person.id, role=MemberRole(role), joined_at=world_now()
    )
    db.session.add(member)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("member_already", "This person is a member already.") from error
    tell_person(person.id, TAKEN_IN_TEXT.format(code=organisation.code))
    record_act_for(organisation, "take_in_member", actor=session.person_id, about=person.id, role=role)
    db.session.commit()
    return member


def release_member(session: Session, organisation_id: int, member_id: int) -> None:
    """The person is no member any more, and their mandates hold no longer; committed. Members can release themselves.

    Raises as check_may_act; NotFound: member_unknown.
    """
    organisation = hold_organisation(organisation_id)
    member = _find_member(organisation.id, member_id)
    if member.person_id != session.person_id:
        check_may_act(session, organisation_id, OrganisationAct.MEMBERS)
    now = world_now()
    member.left_at = now
    for mandate in list_open_mandates(member.id):
        mandate.revoked_at = now
    tell_person(member.person_id, REVOKED_TEXT.format(code=organisation.code))
    record_act_for(organisation, "release_member", actor=session.person_id, about=member.person_id)
    db.session.commit()


def give_mandate(
    session: Session,
    organisation_id: int,
    member_id: int,
    *,
    acts: Collection[str],
    first_day: date,
    last_day: date | None,
) -> Mandate:
    """The member may do these acts in the organisation's name from the first day to the end of the last; committed.

    1. A representative gives it, while the account is active.
    2. The person is a member.
    3. It says what for, and will hold at some time.

    Raises Refused: mandate_missing; Conflict: organisation_…; NotFound: member_unknown; Malformed: mandate_acts, mandate_term.
    """
    # (1)
    organisation = _check_represented(session, organisation_id)
    # (2)
    member = _find_member(organisation.id, member_id)
    # (3)
    now = world_now()
    begins = max(_midnight(first_day), now)
    ends = _midnight(last_day + timedelta(days=1)) if last_day else None
    known = parse_acts(acts)
    check_term(valid_from=begins, valid_until=ends, now=now)
    mandate = Mandate(
        organisation_id=organisation.id,
        member_id=member.id,
        acts=known,
        valid_from=begins,
        valid_until=ends,
        given_by=session.person_id,
    )
    db.session.add(mandate)
    tell_person(member.person_id, MANDATE_TEXT.format(code=organisation.code))
    record_act_for(organisation, "give_mandate", actor=session.person_id, about=member.person_id, acts=" ".join(known))
    db.session.commit()
    return mandate


def revoke_mandate(session: Session, organisation_id: int, mandate_id: int) -> None:
    """The mandate holds no more from this moment; committed; twice is no error. Raises as give_mandate; NotFound:
    mandate_unknown."""
    organisation = _check_represented(session, organisation_id, even_if_locked=True)
    mandate = db.session.get(Mandate, mandate_id, populate_existing=True)
    if mandate is None or mandate.organisation_id != organisation.id:
        raise NotFound("mandate_unknown", "There is no such mandate.")
    if mandate.revoked_at is None:
        mandate.revoked_at = world_now()
        member = db.session.get_one(OrganisationMember, mandate.member_id)
        tell_person(member.person_id, REVOKED_TEXT.format(code=organisation.code))
        record_act_for(organisation, "revoke_mandate", actor=session.person_id, about=member.person_id)
    db.session.commit()


def lock_own_organisation(session: Session, organisation_id: int) -> None:
    """The account is locked at once; a desk unlocks it. Committed. Raises as check_may_act."""
    organisation = check_may_act(session, organisation_id, OrganisationAct.LOCK)
    record_organisation_lock(organisation, OrganisationLockReason.REPRESENTATIVE, actor=session.person_id)
    db.session.commit()


def _check_represented(session: Session, organisation_id: int, *, even_if_locked: bool = False) -> Organisation:
    act = OrganisationAct.READ if even_if_locked else OrganisationAct.MEMBERS
    organisation = check_may_act(session, organisation_id, act)
    if not represents(organisation, session.person_id):
        raise Refused("mandate_missing", "You have no mandate for this from the organisation.")
    return organisation


def _find_member(organisation_id: int, member_id: int) -> OrganisationMember:
    member = db.session.get(OrganisationMember, member_id, populate_existing=True)
    if member is None or member.organisation_id != organisation_id or member.left_at is not None:
        raise NotFound("member_unknown", "There is no such member.")
    return member


def _midnight(day: date) -> datetime:
    """When the day begins in Vietnam."""
    return datetime.combine(day, time(0), VIETNAM)
