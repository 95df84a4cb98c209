"""Which services took part in a session: those that were given a code in it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from eid.accounts.sessions import find_sessions_before
from eid.clock import wall_now
from eid.db import db
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.grants import GRANT_LIFE
from eid.oauth.models import AuthorizationCode, Client
from eid.oauth.subjects import build_session_identifier, build_subject


@frozen
class Participant:
    """A service in a session, with the names that it knows person and session by."""

    client: Client
    person_id: int
    subject: str
    session_identifier: str


def find_participants(session_ids: Collection[int]) -> list[Participant]:
    """The services of these sessions and of those that went on in them, each once a session, in the order of registration.

    Who was given nothing for thirty days has nothing left that could be refreshed, and is not told.
    """
    since = wall_now() - GRANT_LIFE
    given = (
        select(AuthorizationCode.client_id, AuthorizationCode.person_id, AuthorizationCode.session_id)
        .where(AuthorizationCode.session_id.in_(find_sessions_before(session_ids)), AuthorizationCode.issued_at > since)
        .distinct()
        .order_by(AuthorizationCode.client_id, AuthorizationCode.session_id)
    )
    rows = db.session.execute(given).all()
    if not rows:
        return []
    wanted = select(Client).where(Client.id.in_({row.client_id for row in rows}))
    clients = {client.id: client for client in db.session.scalars(wanted)}
    return [_describe(clients[row.client_id], row.person_id, row.session_id) for row in rows]


def _describe(client: Client, person_id: int, session_id: int) -> Participant:
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return Participant(
        client,
        person_id,
        build_subject(secret, sector=client.sector, person_id=person_id),
        build_session_identifier(secret, client_id=client.client_id, session_id=session_id),
    )
