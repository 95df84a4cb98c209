"""Registrations as officers have them: taken over, examined, approved, returned or refused. An approval makes
or changes a client.

Nobody reviews what is their own, or their organisation's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from eid.accounts.officers import Duty, check_duty
from eid.accounts.organisation_finding import tell_person
from eid.accounts.representation_models import Organisation
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.late_dataclasses import frozen
from eid.oauth.client_fields import columns_of
from eid.oauth.client_registrations import check_form, hold_registration, registration_unknown
from eid.oauth.client_suspension import record_tokens_ended
from eid.oauth.clients import find_client, record_client
from eid.oauth.models import Client
from eid.oauth.ownership import check_not_own, check_owner_stands, owner_of
from eid.oauth.registration_form import FORM_COLUMNS, read_form
from eid.oauth.registration_lifecycle import (
    NEED_REASON,
    OFFICERS_TURN,
    RegistrationEvent,
    RegistrationState,
    state_after_registration,
)
from eid.oauth.registration_models import ClientRegistration
from eid.oauth.registration_warnings import ReviewWarning, find_warnings
from eid.population.service import find_person_by_id

LONGEST_REASON = 1000
PAGE_LENGTH = 50
TEXTS = {
    RegistrationEvent.APPROVE: "eid: Dich vu {name} da duoc duyet (ho so so {number}).",
    RegistrationEvent.RETURN: "eid: Ho so dang ky dich vu so {number} can bo sung: {reason}",
    RegistrationEvent.REFUSE: "eid: Ho so dang ky dich vu so {number} bi tu choi. Ly do: {reason}",
}


@frozen
class WaitingRegistration:
    registration: ClientRegistration
    is_overdue: bool
    is_mine: bool


@frozen
class RegistrationReview:
    """A registration as the officer who works on it sees it."""

    registration: ClientRegistration
    columns: Mapping[str, Any]
    """What the client would be."""
    owner: str
    warnings: Sequence[ReviewWarning]
    is_mine: bool
    is_overdue: bool


def find_registration_queue(*, officer: int) -> list[WaitingRegistration]:
    """What waits for an officer, the most urgent first, at most fifty. Raises Refused: officer_role."""
    check_duty(officer, Duty.REVIEW)
    query = select(ClientRegistration).where(ClientRegistration.state.in_(OFFICERS_TURN))
    found = db.session.scalars(query.order_by(ClientRegistration.due_at, ClientRegistration.id).limit(PAGE_LENGTH))
    return [WaitingRegistration(one, _is_overdue(one), one.officer_id == officer) for one in found]


def count_waiting_registrations() -> int:
    query = select(func.count()).select_from(ClientRegistration).where(ClientRegistration.state.in_(OFFICERS_TURN))
    return db.session.scalar(query) or 0


def find_services(*, officer: int, named: str = "") -> Sequence[Client]:
    """The first fifty services whose names have these letters, by name. Raises Refused: officer_role."""
    check_duty(officer, Duty.REVIEW)
    query = select(Client).where(Client.ended_at.is_(None), Client.name.icontains(named, autoescape=True))
    return db.session.scalars(query.order_by(Client.name, Client.id).limit(PAGE_LENGTH)).all()


def find_known_service(client_id: str, *, officer: int) -> Client:
    """One of them. Raises Refused: officer_role; NotFound: client_unknown."""
    check_duty(officer, Duty.REVIEW)
    return find_client(client_id)


def find_registration_review(registration_id: int, *, officer: int) -> RegistrationReview:
    """A registration that was submitted. Raises Refused: officer_role, own_service; NotFound: registration_unknown."""
    check_duty(officer, Duty.REVIEW)
    registration = db.session.get(ClientRegistration, registration_id)
    if registration is None or registration.submitted_at is None or registration.state == RegistrationState.DISCARDED:
        raise registration_unknown()
    _check_not_own(registration, officer)
    approved = _columns_of(registration.client)
    columns = read_form(registration.form, now=approved)
    return RegistrationReview(
        registration=registration,
        columns=columns,
        owner=_find_owner_name(registration),
        warnings=find_warnings(columns, approved=approved),
        is_mine=registration.officer_id == officer and registration.state == RegistrationState.IN_REVIEW,
        is_overdue=_is_overdue(registration),
    )


def take_over_registration(registration_id: int, *, officer: int) -> None:
    """The officer works on it from now on, whoever did before; committed.

    Raises Refused: officer_role, own_service; NotFound; Conflict: registration_state, registration_decided.
    """
    check_duty(officer, Duty.REVIEW)
    registration = hold_registration(registration_id)
    _check_not_own(registration, officer)
    registration.state = state_after_registration(registration.state, RegistrationEvent.TAKE_OVER)
    registration.officer_id = officer
    _record("take_over_registration", registration, officer)
    db.session.commit()


def decide_registration(registration_id: int, *, officer: int, event: RegistrationEvent, reason: str = "") -> None:
    """The registration is returned or refused for this reason; its owner is told. Of two decisions, one happens. Committed.

    Raises Malformed: reason_missing, decision_unknown; as take_over_registration; Conflict: registration_taken.
    """
    reason = " ".join(reason.split())
    if event not in NEED_REASON:
        raise Malformed("decision_unknown", "Choose what is to happen with it.")
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Malformed("reason_missing", "Say why, in at most 1000 characters.")
    registration = _hold_mine(registration_id, officer)
    _record_decision(registration, officer, event, reason)
    db.session.commit()


def approve_registration(registration_id: int, *, officer: int) -> Client:
    """There is a client as the registration wants it, or the one that there was is as it wants it; the owner is told. Committed.

    1. This officer works on it, and its owner can own a service still. Every check holds; addresses are asked while no row is
       held.
    2. Nothing was written or decided meanwhile: of two approvals, one happens.
    3. A client that may ask for less than before loses what it was given.

    The officer learns no secret: its owner has one made. Raises as decide_registration, check_form and
    check_owner_stands.
    """
    # (1)
    registration = _hold_mine(registration_id, officer)
    form = registration.form
    check_owner_stands(owner_of(registration))
    columns, client_id, sector = check_form(form, registration.client)
    # (2)
    registration = _hold_mine(registration_id, officer)
    if registration.form != form:
        raise Conflict("registration_changed", "The registration was changed meanwhile; look at it again.")
    client = registration.client
    if client is None:
        client = record_client(columns, client_id=client_id, sector=sector, **owner_of(registration).columns)
        db.session.flush()
        registration.client_id = client.id
    else:
        # (3)
        _record_change(client, columns, sector)
    _record_decision(registration, officer, RegistrationEvent.APPROVE, "", client=client)
    db.session.commit()
    return client


def _record_change(client: Client, columns: Mapping[str, Any], sector: str) -> None:
    before = _what_it_may(client)
    if client.auth_method != columns["auth_method"]:
        client.secret_digest = client.sealed_secret = None
        client.previous_secret_digest = client.previous_sealed_secret = None
    for name in FORM_COLUMNS:
        setattr(client, name, columns[name])
    client.sector = sector
    if client.is_test:
        client.is_test, client.suspended_at, client.suspension = False, None, None
        client.registration_token_digest = None  # from now on every change of it is reviewed
        client.requires_pkce = True
    if not before <= _what_it_may(client):
        record_tokens_ended(client)


def _what_it_may(client: Client) -> set[str]:
    return {*client.scopes, *client.redirect_uris, *client.extra_grant_types, *client.resources}


def _record_decision(
    registration: ClientRegistration,
    officer: int,
    event: RegistrationEvent,
    reason: str,
    *,
    client: Client | None = None,
) -> None:
    registration.state = state_after_registration(registration.state, event)
    registration.decided_at, registration.reason = world_now(), reason
    text = TEXTS[event].format(name=client.name if client else "", number=registration.id, reason=reason)
    if registration.asked_by is not None:
        tell_person(registration.asked_by, text)
    client_id = {"client": client.client_id} if client is not None else {}
    _record("decide_registration", registration, officer, decision=str(event), **client_id)


def _hold_mine(registration_id: int, officer: int) -> ClientRegistration:
    """The registration on which this officer works, its row held."""
    check_duty(officer, Duty.REVIEW)
    registration = hold_registration(registration_id)
    _check_not_own(registration, officer)
    if registration.state == RegistrationState.IN_REVIEW and registration.officer_id != officer:
        raise Conflict("registration_taken", "Another officer works on this registration: take it over first.")
    state_after_registration(registration.state, RegistrationEvent.APPROVE)
    return registration


def _check_not_own(registration: ClientRegistration, officer: int) -> None:
    check_not_own(owner_of(registration), officer=officer, asked_by=registration.asked_by)


def _find_owner_name(registration: ClientRegistration) -> str:
    owner = owner_of(registration)
    if owner.organisation_id is not None:
        organisation = db.session.get(Organisation, owner.organisation_id)
        return f"{organisation.name} ({organisation.code})" if organisation is not None else ""
    return find_person_by_id(owner.person_id).full_name if owner.person_id is not None else ""


def _columns_of(client: Client | None) -> Mapping[str, Any] | None:
    return None if client is None else columns_of(client)


def _is_overdue(registration: ClientRegistration) -> bool:
    is_waiting = registration.state in OFFICERS_TURN
    return is_waiting and registration.due_at is not None and registration.due_at < world_now()


def _record(act: str, registration: ClientRegistration, officer: int, **details: str) -> None:
    record_act(
        act,
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=registration.asked_by,
        registration=registration.id,
        **details,
    )
