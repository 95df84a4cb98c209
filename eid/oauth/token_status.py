"""What a client may do with tokens that it has: end them (RFC 7009), and ask what they are still good for (RFC 7662)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eid.accounts.card_expiry import has_expired_card
from eid.clock import wall_now
from eid.crypto.jwt import build_jwt
from eid.db import db
from eid.errors import OAuthError
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.access_claims import build_actor_claim
from eid.oauth.client_auth import refuse_client
from eid.oauth.client_tokens import find_client_token, is_active
from eid.oauth.grants import invalid_grant
from eid.oauth.models import AccessToken, AuthMethod, AuthorizationCode, Client, ClientToken, RefreshToken
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.release import Release
from eid.oauth.sender import Confirmation
from eid.oauth.subjects import build_subject
from eid.oauth.tokens import record_exchanged_revoked, record_grant_revoked

INTROSPECTION_TYP = "token-introspection+jwt"
INTROSPECTION_TYPE = f"application/{INTROSPECTION_TYP}"


def revoke_token(client: Client, parameters: Parameters) -> None:
    """Afterwards the token opens nothing, nor does what was given in exchange for it; with a refresh token its whole grant ends
    (RFC 7009, section 2.1).

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
        record_exchanged_revoked(access_token.id, now=now)
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
    if has_expired_card(found.person_id):
        return {"active": False}
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return {
        "active": True,
        "iss": issuer,
        "sub": build_subject(secret, sector=client.sector, person_id=found.person_id),
        "client_id": client.client_id,
        "scope": " ".join(found.scopes),
        "aud": list(found.resources) or [issuer],
        **_describe_binding(found.confirmation),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        "acr": found.acr,
        "auth_time": int(found.authenticated_at.timestamp()),
        **({"act": build_actor_claim(found.actor)} if found.actor else {}),
        **_describe_details(found),
    }


def sign_description(client: Client, found: dict[str, Any], *, issuer: str) -> str:
    """What describe_token found, as a token for the client that asked (RFC 9701, section 5)."""
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": int(wall_now().timestamp()),
        "token_introspection": found,
    }
    return build_jwt(claims, key=current_keystore().find_signing_key(KeyUse.ID_TOKEN), typ=INTROSPECTION_TYP)


def _describe_details(token: AccessToken) -> dict[str, Any]:
    """RFC 9396, section 9.2."""
    kept = db.session.scalar(select(AuthorizationCode.release).where(AuthorizationCode.id == token.code_id))
    details = Release.from_json(token.scopes, kept).details
    return {"authorization_details": list(details)} if details else {}


def _describe_own_token(client: Client, token: ClientToken, issuer: str) -> dict[str, Any]:
    """Nobody is its subject, so there is no `sub`."""
    return {
        "active": True,
        "iss": issuer,
        "client_id": client.client_id,
        "scope": " ".join(token.scopes),
        **_describe_binding(token.confirmation),
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }


def _describe_binding(bound: Confirmation) -> dict[str, Any]:
    """RFC 9449, section 6.2; RFC 8705, section 3.2."""
    return {"token_type": bound.token_type, **({"cnf": bound.cnf} if bound.cnf else {})}


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
