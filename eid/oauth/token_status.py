"""What a client may do with tokens that it has: end them (RFC 7009), and ask what they are still good for (RFC 7662)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.keystore import SecretUse, current_keystore
from eid.oauth.client_auth import refuse_client
from eid.oauth.client_tokens import find_client_token, is_active
from eid.oauth.grants import invalid_grant
from eid.oauth.models import AccessToken, AuthMethod, AuthorizationCode, Client, ClientToken, RefreshToken
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.subjects import build_subject
from eid.oauth.tokens import record_grant_revoked


def revoke_token(client: Client, parameters: Parameters) -> None:
    """Afterwards the token opens nothing; with a refresh token its whole grant ends (RFC 7009, section 2.1).

    A token that does not exist, or no more, is no error (section 2.2). Raises OAuthError for another client's.
    """
    digest, now = digest_of(_require_token(parameters)), wall_now()
    access_token, code = _find_access_token(digest), _find_refreshed_code(digest)
    own_token = find_client_token(digest)
    for found in (access_token, code, own_token):
        if found is not None and found.client_id != client.id:
            raise invalid_grant("another client's token")
    if access_token is not None:
        access_token.revoked_at = access_token.revoked_at or now
    if own_token is not None:
        own_token.revoked_at = own_token.revoked_at or now
    if code is not None:
        record_grant_revoked(code.id, now=now)
    db.session.commit()


def describe_token(client: Client, parameters: Parameters, *, issuer: str) -> dict[str, Any]:
    """What an access token of this client allows now, in the form of RFC 7662, section 2.2; else only that it is not active.

    `acr` and `auth_time` are those of RFC 9470, section 6.2. Raises OAuthError for a client that cannot prove itself.
    """
    if client.auth_method == AuthMethod.NONE:
        raise refuse_client(reason="introspection by a public client")
    digest, now = digest_of(_require_token(parameters)), wall_now()
    own_token = find_client_token(digest)
    if own_token is not None and own_token.client_id == client.id and is_active(own_token, now):
        return _describe_own_token(client, own_token, issuer)
    found = _find_access_token(digest)
    if found is None or found.client_id != client.id or found.revoked_at is not None or found.expires_at <= now:
        return {"active": False}
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return {
        "active": True,
        "iss": issuer,
        "sub": build_subject(secret, sector=client.sector, person_id=found.person_id),
        "client_id": client.client_id,
        "scope": " ".join(found.scopes),
        "token_type": "Bearer",
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        "acr": found.acr,
        "auth_time": int(found.authenticated_at.timestamp()),
    }


def _describe_own_token(client: Client, token: ClientToken, issuer: str) -> dict[str, Any]:
    """Nobody is its subject, so there is no `sub`."""
    return {
        "active": True,
        "iss": issuer,
        "client_id": client.client_id,
        "scope": " ".join(token.scopes),
        "token_type": "Bearer",
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }


def _require_token(parameters: Parameters) -> str:
    token = parameters.find_single("token")
    if token is None:
        raise OAuthError("invalid_request", "The parameter token is missing.")
    return token


def _find_access_token(digest: bytes) -> AccessToken | None:
    return db.session.scalar(select(AccessToken).where(AccessToken.token_digest == digest))


def _find_refreshed_code(digest: bytes) -> AuthorizationCode | None:
    """The code with which the grant of this refresh token began."""
    query = select(AuthorizationCode).join(RefreshToken, RefreshToken.code_id == AuthorizationCode.id)
    return db.session.scalar(query.where(RefreshToken.token_digest == digest))
