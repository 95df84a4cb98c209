"""Whether somebody may act in an organisation's name: judged at each act, with the organisation's row held, so that a revocation
counts at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from eid.accounts.organisation_finding import (
    check_represents,
    hold_organisation,
    organisation_unknown,
    represents,
)
from eid.accounts.organisation_rules import OrganisationAct, OrganisationState, Term, check_allowed
from eid.accounts.representation_models import (
    Mandate,
    Organisation,
    OrganisationMember,
    OrganisationRepresentative,
)
from eid.accounts.sessions import Session
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.population.models import Person


def check_may_act(session: Session, organisation_id: int, act: OrganisationAct) -> Organisation:
    """The organisation, its row held, for which the person of this session may do this now.

    Raises NotFound: organisation_unknown, for who has nothing to do with it; Refused: representative_level, mandate_missing;
    Conflict: organisation_<state>.
    """
    organisation = hold_organisation(organisation_id)
    _check_person_may(session.person_id, organisation, act)
    return organisation


def find_actable_organisation(person_id: int, organisation_id: int, act: OrganisationAct) -> Organisation:
    """The same without holding the row, for a page that shows and changes nothing. Raises as check_may_act."""
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None:
        raise organisation_unknown()
    _check_person_may(person_id, organisation, act)
    return organisation


def list_actable_organisations(person_id: int, act: OrganisationAct) -> Sequence[Organisation]:
    """Every organisation for which this person may do this now, by name."""
    candidates = db.session.scalars(
        select(Organisation)
        .where(
            or_(
                Organisation.id.in_(
                    select(OrganisationRepresentative.organisation_id).where(
                        OrganisationRepresentative.person_id == person_id
                    )
                ),
                Organisation.id.in_(
                    select(OrganisationMember.organisation_id).where(
                        OrganisationMember.person_id == person_id, OrganisationMember.left_at.is_(None)
                    )
                ),
            )
        )
        .order_by(Organisation.name, Organisation.id)
    ).all()
    return [organisation for organisation in candidates if _may(person_id, organisation, act)]


def _may(person_id: int, organisation: Organisation, act: OrganisationAct) -> bool:
    try:
        _check_person_may(person_id, organisation, act)
    except (NotFound, Refused, Conflict):
        return False
    return True


def _check_person_may(person_id: int, organisation: Organisation, act: OrganisationAct) -> None:
    member = find_membership(organisation.id, person_id)
    is_representative = represents(organisation, person_id)
    if member is None and not is_representative:
        raise organisation_unknown()
    check_represents(db.session.get_one(Person, person_id))
    check_allowed(
        act,
        state=OrganisationState(organisation.state),
        represents=is_representative,
        mandates=[(term_of(mandate), mandate.acts) for mandate in list_open_mandates(member.id)] if member else [],
        now=world_now(),
    )


def list_open_mandates(member_id: int) -> Sequence[Mandate]:
    query = select(Mandate).where(Mandate.member_id == member_id, Mandate.revoked_at.is_(None)).order_by(Mandate.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def find_membership(organisation_id: int, person_id: int) -> OrganisationMember | None:
    return db.session.scalar(
        select(OrganisationMember).where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.person_id == person_id,
            OrganisationMember.left_at.is_(None),
        )
    )


def term_of(mandate: Mandate) -> Term:
    return Term(mandate.valid_from, mandate.valid_until, mandate.revoked_at)
