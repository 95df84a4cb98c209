"""A client that is suspended, resumed or ended: what it was given ends with it, and nobody signs in there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, update

from eid.accounts.officers import Duty, check_duty
from eid.accounts.organisation_finding import tell_person
from eid.accounts.representation_models import Organisation
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused
from eid.oauth.models import AccessToken, AuthorizationCode, Client, ClientToken
from eid.oauth.ownership import check_not_own, check_owner_stands, owner_of
from eid.outbox import MessageKind, post_message

LONGEST_REASON = 300
WAITS = "It waits for an officer's approval."
"""Why a client that registered itself is suspended from the beginning, in production."""
SUSPENDED_TEXT = "eid: Dich vu {name} bi tam ngung. Ly do: {reason}"
RESUMED_TEXT = "eid: Dich vu {name} duoc hoat dong tro lai."


def suspend_client(client_id: str, *, officer: int, reason: str) -> Client:
    """Nobody signs in at this service any more, and what it was given ends at once; its owner is told why. Committed.

    Raises Malformed: reason_missing; Refused: officer_role, own_service; NotFound: client_unknown; Conflict: client_suspended.
    """
    check_duty(officer, Duty.REVIEW)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Malformed("reason_missing", "Say why, in at most 300 characters.")
    client = _hold_others(client_id, officer)
    if client.suspended_at is not None:
        raise Conflict("client_suspended", "This service is suspended at the moment.")
    client.suspended_at, client.suspension = wall_now(), reason
    record_tokens_ended(client)
    tell_owner(client, SUSPENDED_TEXT.format(name=client.name, reason=reason))
    _record("suspend_client", client, officer, reason=reason)
    db.session.commit()
    return client


def resume_client(client_id: str, *, officer: int) -> Client:
    """People can sign in there again; what ended stays ended. Committed.

    Raises Refused: officer_role, own_service, service_owner_level; NotFound: client_unknown; Conflict: client_active,
    client_waits, organisation_<state>.
    """
    check_duty(officer, Duty.REVIEW)
    client = _hold_others(client_id, officer)
    if client.suspended_at is None:
        raise Conflict("client_active", "This service is not suspended.")
    if client.suspension == WAITS:
        raise Conflict("client_waits", "This service waits for its registration to be approved.")
    check_owner_stands(owner_of(client))
    client.suspended_at = client.suspension = None
    tell_owner(client, RESUMED_TEXT.format(name=client.name))
    _record("resume_client", client, officer)
    db.session.commit()
    return client


class Suspendable(Protocol):
    """A client, or columns of one."""

    @property
    def suspended_at(self) -> datetime | None: ...


def check_not_suspended(client: Suspendable) -> None:
    """Raise Refused (client_suspended), for a page: the person is told, and the service is not."""
    if client.suspended_at is not None:
        raise Refused("client_suspended", "This service is suspended at the moment; nobody can sign in there.")


def record_client_ended(client: Client) -> None:
    """From now on it is as if the client had never been registered; what it was given ends. The caller commits."""
    client.ended_at = wall_now()
    client.registration_token_digest = client.secret_digest = client.sealed_secret = None
    client.previous_secret_digest = client.previous_sealed_secret = None
    record_tokens_ended(client)


def record_tokens_ended(client: Client) -> None:
    """Every code and token of the client is revoked; the caller commits. Codes first, as for a person's grants."""
    now = wall_now()
    for table in (AuthorizationCode, AccessToken, ClientToken):
        revoking = update(table).where(table.client_id == client.id, table.revoked_at.is_(None))
        db.session.execute(revoking.values(revoked_at=now))


def hold_client(client_id: str) -> Client:
    """The client, its row held until the commit. Raises NotFound: client_unknown."""
    query = select(Client).where(Client.client_id == client_id, Client.ended_at.is_(None)).with_for_update()
    client = db.session.scalar(query.execution_options(populate_existing=True))
    if client is None:
        raise NotFound("client_unknown", "This service is not registered here.")
    return client


def tell_owner(client: Client, text: str) -> None:
    """Who owns it, or represents the organisation that does, is told by text, its contacts by mail; the caller commits."""
    owner = owner_of(client)
    told = [owner.person_id] if owner.person_id is not None else []
    if owner.organisation_id is not None:
        organisation = db.session.get(Organisation, owner.organisation_id)
        told = [one.person_id for one in organisation.representatives] if organisation is not None else []
    for person_id in told:
        tell_person(person_id, text)
    tell_contacts(client, text)


def tell_contacts(client: Client, text: str) -> None:
    """Its contacts are told by mail; the caller commits."""
    for address in client.contacts:
        post_message(MessageKind.MAIL, recipient=address, body=text)


def _hold_others(client_id: str, officer: int) -> Client:
    """A client of somebody else than this officer, its row held."""
    client = hold_client(client_id)
    check_not_own(owner_of(client), officer=officer)
    return client


def _record(act: str, client: Client, officer: int, **details: Any) -> None:
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, client=client.client_id, **details)
