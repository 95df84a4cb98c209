"""Services whose owner can look after them no more: suspended when it happens, and given to another owner by an officer."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from eid.accounts.officers import Duty, check_duty
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.events import AccountClosed, OrganisationLocked, PersonDied
from eid.oauth.client_suspension import SUSPENDED_TEXT, hold_client, record_tokens_ended, tell_contacts, tell_owner
from eid.oauth.models import Client
from eid.oauth.ownership import check_not_own, check_owner_stands, find_owner, owner_of, record_client_given

OWNER_DIED = "Its owner has died."
OWNER_CLOSED = "Its owner has closed their account."
ORGANISATION_LOCKED = "The account of the organisation that owns it is locked."
TOLD = {
    OWNER_DIED: "chu dich vu da mat.",
    OWNER_CLOSED: "chu dich vu da dong tai khoan.",
    ORGANISATION_LOCKED: "tai khoan cua to chuc so huu bi khoa.",
}
GIVEN_TEXT = "eid: Ban duoc giao phu trach dich vu {name}. Hay xem trang dich vu va tao bi mat moi."


def suspend_services_of_dead(died: PersonDied) -> None:
    """Handles PersonDied."""
    _suspend_all(Client.owner_person_id == died.person_id, OWNER_DIED)


def suspend_services_of_closed_account(closed: AccountClosed) -> None:
    """Handles AccountClosed."""
    _suspend_all(Client.owner_person_id == closed.person_id, OWNER_CLOSED)


def suspend_services_of_organisation(locked: OrganisationLocked) -> None:
    """Handles OrganisationLocked."""
    _suspend_all(Client.owner_organisation_id == locked.organisation_id, ORGANISATION_LOCKED)


def hand_over_client(client_id: str, *, officer: int, pin: str | None = None, code: str | None = None) -> Client:
    """The service is this person's or organisation's from now on, who are told; committed.

    What the owner before knew is good for nothing any more: the new one has a secret made. Suspended it stays until an officer
    resumes it. Raises Refused: officer_role, own_service, service_owner_level; Conflict: organisation_<state>;
    NotFound: client_unknown, person_unknown, organisation_unknown.
    """
    check_duty(officer, Duty.REVIEW)
    owner = find_owner(pin=pin, code=code)
    client = hold_client(client_id)
    for one in (owner_of(client), owner):
        check_not_own(one, officer=officer)
    check_owner_stands(owner)
    client.secret_digest = client.sealed_secret = client.registration_token_digest = None
    client.previous_secret_digest = client.previous_sealed_secret = None
    record_client_given(client, owner, actor_kind=ActorKind.OFFICER, actor=officer)
    tell_owner(client, GIVEN_TEXT.format(name=client.name))
    db.session.commit()
    return client


def _suspend_all(whose: ColumnElement[bool], reason: str) -> None:
    """Each of these services that is not suspended is, for this reason; who is left is told. The event's act commits."""
    held = select(Client).where(whose, Client.ended_at.is_(None), Client.suspended_at.is_(None))
    held = held.order_by(Client.id).with_for_update().execution_options(populate_existing=True)
    for client in db.session.scalars(held).all():
        client.suspended_at, client.suspension = wall_now(), reason
        record_tokens_ended(client)
        told = SUSPENDED_TEXT.format(name=client.name, reason=TOLD[reason])
        if client.owner_organisation_id is not None:
            tell_owner(client, told)
        else:
            tell_contacts(client, told)
        record_act("suspend_client", actor_kind=ActorKind.SYSTEM, actor="", client=client.client_id, reason=reason)
