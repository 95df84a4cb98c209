"""What somebody who acts for an organisation sees of it: who represents it, its members and mandates, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from eid.accounts.acting import list_open_mandates, term_of
from eid.accounts.organisation_finding import find_organisation_request, organisation_unknown, represents
from eid.accounts.organisation_rules import OrganisationAct, OrganisationState, Term
from eid.accounts.representation_models import Organisation, OrganisationMember
from eid.accounts.request_models import Request
from eid.audit import AuditEntry
from eid.clock import world_now
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.models import Person

RECENT = 20


@frozen
class FoundMandate:
    id: int
    acts: Sequence[str]
    term: Term
    holds: bool


@frozen
class FoundMember:
    id: int
    person: Person
    role: str
    joined_at: datetime
    mandates: Sequence[FoundMandate]
    """Those that were not revoked and are not over, and those that begin later."""


@frozen
class OrganisationPage:
    """What somebody who acts for an organisation sees of it; without the mandate to read, only that they are a member."""

    organisation: Organisation
    request: Request | None
    represents: bool
    may: frozenset[str]
    """What the reader may do in its name now."""
    own: FoundMember | None
    representatives: Sequence[tuple[Person, bool]]
    """Each with whether they agreed to the account."""
    members: Sequence[FoundMember]
    acts: Sequence[AuditEntry]


def list_memberships(person_id: int) -> Sequence[Organisation]:
    """Every organisation of which this person is a member now."""
    mine = exists().where(
        OrganisationMember.organisation_id == Organisation.id,
        OrganisationMember.person_id == person_id,
        OrganisationMember.left_at.is_(None),
    )
    return db.session.scalars(select(Organisation).where(mine).order_by(Organisation.name, Organisation.id)).all()


def find_organisation_page(person_id: int, organisation_id: int) -> OrganisationPage:
    """The organisation as this person may see it. Raises NotFound: organisation_unknown, for who is neither
    representative nor member."""
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None:
        raise organisation_unknown()
    members = _find_members(organisation.id)
    own = next((member for member in members if member.person.id == person_id), None)
    is_representative = represents(organisation, person_id)
    if own is None and not is_representative:
        raise organisation_unknown()
    may = _find_allowed(organisation, is_representative, own)
    reads = is_representative or OrganisationAct.READ in may
    return OrganisationPage(
        organisation=organisation,
        request=find_organisation_request(organisation.id),
        represents=is_representative,
        may=may,
        own=own,
        representatives=[
            (db.session.get_one(Person, one.person_id), one.consented_at is not None)
            for one in organisation.representatives
        ],
        members=members if reads else [],
        acts=find_acts_for(organisation) if reads else [],
    )


def find_acts_for(organisation: Organisation, *, limit: int = RECENT) -> Sequence[AuditEntry]:
    """What was done in the organisation's name or for it, newest first. Entries are found by whom they are kept with."""
    members = select(OrganisationMember.person_id).where(OrganisationMember.organisation_id == organisation.id)
    people = {*db.session.scalars(members), *(one.person_id for one in organisation.representatives)}
    query = select(AuditEntry).where(
        AuditEntry.person_id.in_(people), AuditEntry.details["organisation"].as_integer() == organisation.id
    )
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def _find_allowed(organisation: Organisation, is_representative: bool, own: FoundMember | None) -> frozenset[str]:
    """What check_allowed would let this person do, for their page."""
    allowed: set[str] = set(OrganisationAct) if is_representative else set()
    for mandate in own.mandates if own else ():
        if mandate.holds:
            allowed |= {*mandate.acts, OrganisationAct.READ}
    is_active = organisation.state == OrganisationState.ACTIVE
    return frozenset(allowed if is_active else allowed & {OrganisationAct.READ})


def _find_members(organisation_id: int) -> list[FoundMember]:
    now = world_now()
    query = (
        select(OrganisationMember, Person)
        .join(Person, Person.id == OrganisationMember.person_id)
        .where(OrganisationMember.organisation_id == organisation_id, OrganisationMember.left_at.is_(None))
        .order_by(OrganisationMember.id)
    )
    return [
        FoundMember(member.id, person, member.role, member.joined_at, _find_mandates(member.id, now))
        for member, person in db.session.execute(query)
    ]


def _find_mandates(member_id: int, now: datetime) -> list[FoundMandate]:
    found = [(mandate, term_of(mandate)) for mandate in list_open_mandates(member_id)]
    return [
        FoundMandate(mandate.id, mandate.acts, term, term.holds_at(now))
        for mandate, term in found
        if term.valid_until is None or term.valid_until > now
    ]
