"""An organisation's account: asked for by a representative, agreed to by all, opened (Decree 69/2024, articles 7 and 10).

Organisations have no session: a person acts for them, and the audit log names that person.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eid.accounts.organisation_finding import (
    NamedPerson,
    check_represents,
    find_named,
    find_organisation_request,
    hold_organisation,
    organisation_unknown,
    record_act_for,
    tell_person,
)
from eid.accounts.organisation_rules import (
    OrganisationEvent,
    OrganisationForm,
    OrganisationState,
    parse_organisation,
    state_after,
)
from eid.accounts.representation_models import Organisation, OrganisationRepresentative
from eid.accounts.request_models import Request, RequestKind
from eid.accounts.requests import record_request
from eid.accounts.sessions import Session
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict
from eid.population.models import Person

CONSENT_TEXT = (
    "eid: Tai khoan dinh danh dien tu cua to chuc ma ban la nguoi dai dien can su dong y cua ban. Hay mo muc To chuc."
)
OPENED_TEXT = "eid: Tai khoan dinh danh dien tu cua to chuc ma ban dai dien da duoc mo."


def ask_for_organisation(session: Session, form: OrganisationForm, *, others: Collection[NamedPerson]) -> Organisation:
    """A representative asks for the organisation's account; committed.

    Without other representatives the request is made at once, else when the last of them has agreed.
    Raises as record_organisation.
    """
    asker = db.session.get_one(Person, session.person_id)
    organisation = record_organisation(form, asker, others=others, officer=None)
    db.session.commit()
    return organisation


def ask_for_organisation_at_desk(
    form: OrganisationForm, representative: NamedPerson, *, others: Collection[NamedPerson], officer: int
) -> Organisation:
    """As ask_for_organisation, on the paper form TK02 that a representative hands in; committed.

    Raises as record_organisation.
    """
    asker = find_named(representative, code="representative_unknown")
    organisation = record_organisation(form, asker, others=others, officer=officer)
    db.session.commit()
    return organisation


def record_organisation(
    form: OrganisationForm, asker: Person, *, others: Collection[NamedPerson], officer: int | None
) -> Organisation:
    """Add what a form TK02 says, at the representative's wish; the caller commits.

    1. The form is whole, and the representative has an active account of level 2.
    2. There is no account of this code, and the asker is not asking for it already.
    3. Every other representative is who they are said to be, and is told.

    Raises Malformed: those of organisation_rules.parse_organisation; Refused: representative_level; Conflict:
    organisation_exists, request_open; NotFound: representative_unknown.
    """
    # (1)
    asked, now = parse_organisation(form, today=world_today()), world_now()
    check_represents(asker)
    # (2)
    _check_code_free(asked.code, asker.id)
    # (3)
    people = [find_named(named, code="representative_unknown") for named in others]
    organisation = Organisation(
        kind=asked.kind,
        code=asked.code,
        name=asked.name,
        foreign_name=asked.foreign_name or None,
        short_name=asked.short_name or None,
        founded_on=asked.founded_on,
        address=asked.address,
        state=OrganisationState.WAITING,
        asked_by=asker.id,
        asked_at=now,
        representatives=[OrganisationRepresentative(person_id=asker.id, consented_at=now)],
    )
    for person in {person.id: person for person in people if person.id != asker.id}.values():
        organisation.representatives.append(OrganisationRepresentative(person_id=person.id))
        tell_person(person.id, CONSENT_TEXT)
    db.session.add(organisation)
    db.session.flush()
    record_act_for(organisation, "ask_for_organisation", actor=asker.id, officer=officer)
    _request_if_agreed(organisation, officer)
    return organisation


def record_prepared_organisation(form: OrganisationForm, representative: Person) -> Organisation:
    """Add an organisation that has its account already, without commit: for the demo and for tests."""
    now = world_now()
    organisation = Organisation(
        **form.__dict__,
        state=OrganisationState.ACTIVE,
        asked_by=representative.id,
        asked_at=now,
        opened_at=now,
        representatives=[OrganisationRepresentative(person_id=representative.id, consented_at=now)],
    )
    db.session.add(organisation)
    return organisation


def decide_consent(session: Session, organisation_id: int, *, agrees: bool) -> None:
    """A representative agrees to the account, or does not, which ends the matter; committed.

    Of all who agree at the same moment, the last one makes the request, and there is one. Raises NotFound:
    organisation_unknown; Refused: representative_level; Conflict: organisation_…, consent_given.
    """
    organisation = hold_organisation(organisation_id)
    own = _find_representative(organisation, session.person_id)
    check_represents(db.session.get_one(Person, session.person_id))
    if not agrees:
        organisation.state = state_after(OrganisationState(organisation.state), OrganisationEvent.DECLINE)
        record_act_for(organisation, "decline_organisation", actor=session.person_id)
        db.session.commit()
        return
    if organisation.state != OrganisationState.WAITING or own.consented_at is not None:
        raise Conflict("consent_given", "You have decided on this already.")
    own.consented_at = world_now()
    record_act_for(organisation, "agree_to_organisation", actor=session.person_id)
    _request_if_agreed(organisation, None)
    db.session.commit()


def open_organisation(request: Request) -> None:
    """Effect: the organisation has its account, and its representatives are told. Raises Conflict: organisation_exists."""
    organisation = hold_organisation(request.organisation_id or 0)
    organisation.state = state_after(OrganisationState(organisation.state), OrganisationEvent.APPROVE)
    organisation.opened_at = world_now()
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise _exists() from error
    record_act_for(organisation, "open_organisation", actor=organisation.asked_by, officer=request.officer_id)
    for representative in organisation.representatives:
        tell_person(representative.person_id, OPENED_TEXT)


def _request_if_agreed(organisation: Organisation, officer: int | None) -> None:
    """The request is made once nobody's consent is missing."""
    if any(one.consented_at is None for one in organisation.representatives):
        return
    organisation.state = state_after(OrganisationState(organisation.state), OrganisationEvent.AGREE)
    asker = check_represents(db.session.get_one(Person, organisation.asked_by))
    record_request(
        RequestKind.ORGANISATION,
        person_id=organisation.asked_by,
        asked_by=asker.id,
        organisation_id=organisation.id,
        officer=officer,
        details={"code": organisation.code, "name": organisation.name, "kind": str(organisation.kind)},
    )


def _check_code_free(code: str, asker_id: int) -> None:
    same = db.session.scalars(select(Organisation).where(Organisation.code == code)).all()
    if any(found.opened_at is not None for found in same):
        raise _exists()
    for found in same:
        if found.asked_by == asker_id and found.state in (OrganisationState.WAITING, OrganisationState.REQUESTED):
            _check_over(found)


def _check_over(organisation: Organisation) -> None:
    """Raise Conflict: request_open, unless the request that was made for it was refused or withdrawn."""
    request = find_organisation_request(organisation.id)
    if request is None or request.decided_at is None:
        raise Conflict("request_open", "This has been asked for already; the request is being examined.")


def _find_representative(organisation: Organisation, person_id: int) -> OrganisationRepresentative:
    own = next((one for one in organisation.representatives if one.person_id == person_id), None)
    if own is None:
        raise organisation_unknown()
    return own


def _exists() -> Conflict:
    return Conflict("organisation_exists", "This organisation has an account already.")
