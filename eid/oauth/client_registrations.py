"""Registrations as their owners have them: written, submitted for review, withdrawn, written anew after a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from eid.accounts.holidays import read_holidays
from eid.accounts.organisation_finding import tell_person
from eid.accounts.sessions import Session
from eid.accounts.working_days import deadline_of
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.oauth.client_fields import columns_of
from eid.oauth.clients import check_columns
from eid.oauth.models import Client
from eid.oauth.ownership import Owner, check_is_owner, check_may_own, find_own_client, list_own_organisations, owner_of
from eid.oauth.registration_form import EMPTY_FORM, Form, read_form, write_form
from eid.oauth.registration_lifecycle import (
    OPEN,
    REVIEW_WORKING_DAYS,
    RegistrationEvent,
    RegistrationState,
    state_after_registration,
)
from eid.oauth.registration_models import ClientRegistration
from eid.randomness import random_token

MOST_OPEN = 20
"""Registrations under way that one owner may have."""
SUBMITTED_TEXT = "eid: Ho so dang ky dich vu so {number} da duoc nop va cho tham tra."


def begin_registration(
    session: Session, *, organisation_id: int | None, form: Form | None = None
) -> ClientRegistration:
    """A draft of a new service, in the organisation's name or in one's own; committed.

    Raises as check_may_own; Conflict: registrations_many.
    """
    owner = check_may_own(session, organisation_id)
    if len([one for one in list_own_registrations(session) if owner_of(one) == owner]) >= MOST_OPEN:
        raise Conflict("registrations_many", "Too many registrations are under way; finish or discard one first.")
    registration = _record(session, owner, form or dict(EMPTY_FORM))
    db.session.commit()
    return registration


def begin_change(session: Session, client_id: str) -> ClientRegistration:
    """A draft that begins as the client is now; the one that is under way, where there is one. Committed.

    Raises as find_own_client.
    """
    client = find_own_client(session, client_id)
    under_way = select(ClientRegistration).where(
        ClientRegistration.client_id == client.id, ClientRegistration.state.in_(OPEN)
    )
    found = db.session.scalar(under_way)
    if found is None:
        found = _record(session, owner_of(client), write_form(client))
        found.client_id = client.id
        db.session.commit()
    return found


def save_registration(session: Session, registration_id: int, form: Form) -> None:
    """What was written is kept, however wrong it is; a refused registration becomes a draft again. Committed.

    Raises NotFound: registration_unknown; Conflict: registration_state, registration_decided.
    """
    registration = hold_own_registration(session, registration_id)
    registration.state = state_after_registration(registration.state, RegistrationEvent.EDIT)
    registration.form = form
    _record_act("save_registration", session, registration)
    db.session.commit()


def submit_registration(session: Session, registration_id: int) -> None:
    """The registration waits for an officer, with a deadline in working days; committed.

    1. What was written can be a client: every check holds, addresses are asked while no row is held.
    2. It is the owner's turn, and nothing was written meanwhile.

    Raises Malformed as read_form and check_columns; NotFound, Conflict as save_registration; Conflict: registration_changed.
    """
    # (1)
    registration = find_own_registration(session, registration_id)
    form, client = registration.form, registration.client
    check_form(form, client)
    # (2)
    registration = hold_own_registration(session, registration_id)
    if registration.form != form:
        raise Conflict("registration_changed", "The registration was changed meanwhile; look at it again.")
    registration.state = state_after_registration(registration.state, RegistrationEvent.SUBMIT)
    now = world_now()
    registration.submitted_at, registration.officer_id, registration.decided_at = now, None, None
    registration.due_at = deadline_of(now, REVIEW_WORKING_DAYS, holidays=read_holidays())
    tell_person(session.person_id, SUBMITTED_TEXT.format(number=registration.id))
    _record_act("submit_registration", session, registration)
    db.session.commit()


def withdraw_registration(session: Session, registration_id: int) -> None:
    """A registration at which no officer has looked yet is a draft again; committed. Raises as save_registration."""
    _step(session, registration_id, RegistrationEvent.WITHDRAW, "withdraw_registration")


def discard_registration(session: Session, registration_id: int) -> None:
    """A draft is thrown away; committed. Raises as save_registration."""
    _step(session, registration_id, RegistrationEvent.DISCARD, "discard_registration")


def list_own_registrations(session: Session) -> Sequence[ClientRegistration]:
    """Every registration that this person may look after and that is neither approved nor discarded, newest first."""
    organisations = [organisation.id for organisation in list_own_organisations(session)]
    query = select(ClientRegistration).where(
        or_(
            ClientRegistration.owner_person_id == session.person_id,
            ClientRegistration.owner_organisation_id.in_(organisations),
        ),
        ClientRegistration.state.not_in([RegistrationState.APPROVED, RegistrationState.DISCARDED]),
    )
    return db.session.scalars(query.order_by(ClientRegistration.id.desc())).all()


def find_own_registration(session: Session, registration_id: int) -> ClientRegistration:
    """The registration, for who may look after it. Raises NotFound: registration_unknown."""
    return _check_own(session, db.session.get(ClientRegistration, registration_id))


def hold_own_registration(session: Session, registration_id: int) -> ClientRegistration:
    """The same, its row held until the commit."""
    return _check_own(session, _hold(registration_id))


def hold_registration(registration_id: int) -> ClientRegistration:
    """The registration, its row held until the commit. Raises NotFound: registration_unknown."""
    registration = _hold(registration_id)
    if registration is None:
        raise registration_unknown()
    return registration


def check_form(form: Form, client: Client | None) -> tuple[dict[str, Any], str, str]:
    """The columns that a form asks for, all in order, with the client id and the sector of the client that they make.

    No transaction is held while an address is asked. Raises Malformed as read_form and check_columns, and what fetch raises.
    """
    client_id = client.client_id if client is not None else random_token()
    columns = read_form(form, now=columns_of(client) if client is not None else None)
    db.session.rollback()
    return columns, client_id, check_columns(columns, client_id=client_id)


def registration_unknown() -> NotFound:
    return NotFound("registration_unknown", "There is no such registration of yours.")


def _record(session: Session, owner: Owner, form: Form) -> ClientRegistration:
    registration = ClientRegistration(
        **owner.columns, asked_by=session.person_id, state=RegistrationState.DRAFT, form=form, opened_at=world_now()
    )
    db.session.add(registration)
    db.session.flush()
    _record_act("begin_registration", session, registration)
    return registration


def _step(session: Session, registration_id: int, event: RegistrationEvent, act: str) -> None:
    registration = hold_own_registration(session, registration_id)
    registration.state = state_after_registration(registration.state, event)
    _record_act(act, session, registration)
    db.session.commit()


def _hold(registration_id: int) -> ClientRegistration | None:
    query = select(ClientRegistration).where(ClientRegistration.id == registration_id)
    query = query.with_for_update(of=ClientRegistration).execution_options(populate_existing=True)
    return db.session.scalar(query)


def _check_own(session: Session, registration: ClientRegistration | None) -> ClientRegistration:
    if registration is None or registration.state == RegistrationState.DISCARDED:
        raise registration_unknown()
    try:
        check_is_owner(session.person_id, owner_of(registration))
    except NotFound as error:
        raise registration_unknown() from error
    return registration


def _record_act(act: str, session: Session, registration: ClientRegistration) -> None:
    record_act(
        act,
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        registration=registration.id,
        **({"client": registration.client.client_id} if registration.client is not None else {}),
    )
