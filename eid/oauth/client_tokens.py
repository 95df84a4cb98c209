"""Tokens of clients in their own name: RFC 6749, section 4.4. No person stands behind one, so it opens nothing of anybody.

They are a table of their own: what reads a person's access token never meets one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from eid.clock import wall_now
from eid.db import db, run, table_of
from eid.errors import OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.grants import Tokens
from eid.oauth.models import AuthMethod, Client, ClientToken
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.proofs import record_shown, refuse_token
from eid.oauth.sender import ANYBODY, UNBOUND, Confirmation, Sender
from eid.oauth.tokens import refuse_scope
from eid.prepared import Prepared
from eid.randomness import random_token

CLIENT_TOKEN_LIFE = timedelta(minutes=10)
_KEPT = timedelta(days=1)
"""How long an expired one is kept, so that it can be told from one that never was."""
FORGETTING = 8
"""Of 256 tokens so many also forget the old ones: whose turn that is, the digest says."""

_INSERTION = Prepared(insert(table_of(ClientToken)).inline())


@frozen
class ClientGrant:
    """What a valid token allows a client in its own name."""

    client_id: str
    purpose: str
    """Why the service asks, as it was registered."""
    scopes: frozenset[str]
    confirmation: Confirmation = UNBOUND
    """The key that the token is bound to, which its sender has proved to hold."""


def issue_client_token(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """A token of a client that proved itself, for what it may ask for in its own name; committed.

    1. The client can keep a secret, and is registered for this (RFC 6749, section 4.4: confidential clients only).
    2. Nothing is asked for beyond that; where no scope is named, all of it is.

    There is no refresh token (section 4.4.3). Raises OAuthError: unauthorized_client, invalid_scope.
    """
    # (1)
    if client.auth_method == AuthMethod.NONE or not client.own_scopes:
        raise OAuthError("unauthorized_client", "This client may ask for nothing in its own name.")
    # (2)
    scopes = _check_scopes(parameters, client.own_scopes)
    token, now = random_token(), wall_now()
    digest = digest_of(token)
    inserted = {
        "token_digest": digest,
        "client_id": client.id,
        "scopes": scopes,
        "jkt": confirmation.jkt,
        "x5t_s256": confirmation.certificate,
        "issued_at": now,
        "expires_at": now + CLIENT_TOKEN_LIFE,
    }
    if digest[0] < FORGETTING:
        db.session.execute(delete(ClientToken).where(ClientToken.expires_at < now - _KEPT))
    run(_INSERTION, inserted)
    db.session.commit()
    return Tokens(token, int(CLIENT_TOKEN_LIFE.total_seconds()), " ".join(scopes), None, None, confirmation.token_type)


def _check_scopes(parameters: Parameters, allowed: Sequence[str]) -> list[str]:
    asked = (parameters.find_single("scope") or " ".join(allowed)).split()
    if not asked or not set(asked) <= set(allowed):
        raise OAuthError("invalid_scope", "The client may not ask for this in its own name.")
    return [scope for scope in allowed if scope in asked]


def check_client_token(token: str, scopes: Collection[str], *, sender: Sender = ANYBODY) -> ClientGrant:
    """What this token allows to who sends it, with these scopes among it.

    Raises OAuthError: invalid_token, invalid_dpop_proof, use_dpop_nonce (401), insufficient_scope (403).
    """
    found = find_client_token(digest_of(token))
    if found is None or not is_active(found, wall_now()):
        raise refuse_token(sender)
    grant = ClientGrant(found.client.client_id, found.client.purpose, frozenset(found.scopes), found.confirmation)
    record_shown(token, grant.confirmation, sender)
    if not set(scopes) <= grant.scopes:
        raise refuse_scope(grant.confirmation.token_type, " ".join(sorted(scopes)))
    return grant


def find_client_token(digest: bytes) -> ClientToken | None:
    return db.session.scalar(select(ClientToken).where(ClientToken.token_digest == digest))


def is_active(token: ClientToken, now: datetime) -> bool:
    return token.revoked_at is None and token.expires_at > now
