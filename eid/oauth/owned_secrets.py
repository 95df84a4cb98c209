"""Secrets of clients in their owners' hands: made when the owner asks, shown once, replaced with an overlap; and contacts."""

from __future__ import annotations

from datetime import timedelta

from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict
from eid.oauth.client_checks import check_contacts
from eid.oauth.client_fields import columns_of
from eid.oauth.client_metadata import SECRETS
from eid.oauth.client_suspension import hold_client, tell_owner
from eid.oauth.clients import record_secret
from eid.oauth.models import Client
from eid.oauth.ownership import check_is_owner, owner_of

OVERLAP = timedelta(days=7)
"""For so long the secret before is good as well, so that a service can be changed over without a gap."""
NEW_SECRET_TEXT = "eid: Dich vu {name} vua duoc cap khoa bi mat moi. Neu khong phai ban, hay bao cho chung toi ngay."


def issue_client_secret(session: Session, client_id: str) -> str:
    """A new secret of the client, to be shown to its owner this once; the one before is good for seven days more. Committed.

    Raises as find_own_client; Conflict: client_secretless, for one that proves itself otherwise.
    """
    client = _hold_own(session, client_id)
    if client.auth_method not in SECRETS:
        raise Conflict("client_secretless", "This service proves itself in another way than by a secret.")
    secret = record_new_secret(client)
    tell_owner(client, NEW_SECRET_TEXT.format(name=client.name))
    _record("issue_client_secret", session, client)
    db.session.commit()
    return secret


def end_previous_secret(session: Session, client_id: str) -> None:
    """The secret before the current one is good no longer; committed. Raises as find_own_client."""
    client = _hold_own(session, client_id)
    _forget_previous(client)
    _record("end_previous_secret", session, client)
    db.session.commit()


def change_contacts(session: Session, client_id: str, contacts: list[str]) -> None:
    """These are told what happens to the service; nobody has to approve it. Committed.

    Raises as find_own_client; Malformed: client_contacts.
    """
    client = _hold_own(session, client_id)
    check_contacts(columns_of(client) | {"contacts": contacts})
    client.contacts = contacts
    _record("change_contacts", session, client)
    db.session.commit()


def record_new_secret(client: Client) -> str:
    """A new secret, with the one before kept for the overlap; the caller commits."""
    before = client.secret_digest, client.sealed_secret
    secret = record_secret(client)
    _forget_previous(client)
    if any(before):
        client.previous_secret_digest, client.previous_sealed_secret = before
        client.previous_secret_until = wall_now() + OVERLAP
    return secret


def _forget_previous(client: Client) -> None:
    client.previous_secret_digest = client.previous_sealed_secret = client.previous_secret_until = None


def _hold_own(session: Session, client_id: str) -> Client:
    client = hold_client(client_id)
    check_is_owner(session.person_id, owner_of(client))
    return client


def _record(act: str, session: Session, client: Client) -> None:
    record_act(
        act,
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        client=client.client_id,
    )
